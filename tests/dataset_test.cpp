#include "trainer/data/dataset.h"

#include "runtime/base/error.h"
#include "tests/encode.h"
#include "tests/support.h"
#include "trainer/data/check.h"
#include "trainer/data/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>

namespace gan {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes any_picture(int seed, int width = 40, int height = 30) {
    const Picture8 picture = smooth_picture(width, height, 3, seed);
    return seed % 3 == 0   ? encode_jpeg(picture)
           : seed % 3 == 1 ? encode_png(width, height, picture.pixels)
                           : encode_webp(picture);
}

const char* any_name(int seed) {
    return seed % 3 == 0 ? ".jpg" : seed % 3 == 1 ? ".PNG" : ".webp";
}

/// cats 0 to 4, dogs 0 to 6, each of another size.
void write_classes(const fs::path& folder) {
    for (int i = 0; i < 12; ++i) {
        const std::string name = i < 5 ? fmt::format("cats/{}", i) : fmt::format("dogs/{}", i - 5);
        write_file(folder / (name + any_name(i)), any_picture(i, 20 + 3 * i, 50 - 2 * i));
    }
}

struct Folder : TemporaryFolder {
    fs::path pictures = path() / "animals";
    DatasetOptions options{.resolution = 16, .cache = path() / "cache", .workers = 2};
    int64_t made = 0;  // pictures decoded

    Folder() {
        options.progress = [this](int64_t, int64_t) { ++made; };
    }
    Dataset open() { return Dataset::open(pictures, options); }
    std::string error() {
        try {
            open();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    fs::path cache_file() const {
        std::vector<fs::path> files;
        for (const auto& entry : fs::directory_iterator(options.cache)) files.push_back(entry.path());
        EXPECT_EQ(files.size(), 1);
        return files.at(0);
    }
};

std::vector<int32_t> labels_of(const Dataset& dataset) {
    std::vector<int32_t> labels;
    for (int64_t i = 0; i < dataset.size(); ++i) labels.push_back(dataset.label(i));
    return labels;
}

std::vector<uint8_t> pixels_of(const Dataset& dataset) {
    std::vector<uint8_t> pixels;
    for (int64_t i = 0; i < dataset.size(); ++i)
        pixels.insert(pixels.end(), dataset.picture(i).begin(), dataset.picture(i).end());
    return pixels;
}

TEST(Dataset, AFolderIsAClass) {
    Folder folder;
    write_classes(folder.pictures);
    const Dataset dataset = folder.open();
    EXPECT_EQ(dataset.size(), 12);
    EXPECT_EQ(dataset.classes(), 2);
    EXPECT_THAT(dataset.class_names(), ElementsAre("cats", "dogs"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1));
    EXPECT_THAT(dataset.notes(), IsEmpty());
    const Picture8 cat = square_picture(smooth_picture(23, 48, 3, 1), 16, 3);  // a PNG, without loss
    EXPECT_TRUE(std::ranges::equal(dataset.picture(1), cat.pixels));
    EXPECT_TRUE(dataset.whole());
}

TEST(Dataset, ClassesAreSortedByTheirNamesAlone) {
    Folder folder;
    for (const char* name : {"a/9.png", "a b/1.png", "a-b/1.png", "a/sub/2.png"})
        write_file(folder.pictures / name, any_picture(1));
    const Dataset dataset = folder.open();
    EXPECT_THAT(dataset.class_names(), ElementsAre("a", "a b", "a-b"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(0, 0, 1, 2));
}

TEST(Dataset, PicturesWithoutFoldersAreOneClass) {
    Folder folder;
    for (int i = 0; i < 3; ++i)
        write_file(folder.pictures / (std::to_string(i) + any_name(i)), any_picture(i));
    const Dataset dataset = folder.open();
    EXPECT_THAT(dataset.class_names(), ElementsAre("animals"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(0, 0, 0));
}

TEST(Dataset, IsTheSameForOneAndFourWorkers) {
    Folder one, four;
    write_classes(one.pictures);
    write_file(one.pictures / "cats/2a.jpg", bytes_of("no picture"));
    one.options.workers = 1;
    const Dataset alone = one.open();
    four.pictures = one.pictures;
    four.options.workers = 4;
    const Dataset together = four.open();
    EXPECT_EQ(together.hash(), alone.hash());
    EXPECT_EQ(pixels_of(together), pixels_of(alone));
    EXPECT_EQ(labels_of(together), labels_of(alone));
    EXPECT_EQ(read_text(four.cache_file()), read_text(one.cache_file()));
}

TEST(Dataset, HasTheChannelsThatAreAskedFor) {
    Folder folder;
    const Picture8 clear{16, 16, 4, std::vector<uint8_t>(16 * 16 * 4)};
    write_file(folder.pictures / "clear.png", encode_png(16, 16, clear.pixels, {.colour_type = 6}));
    EXPECT_THAT(pixels_of(folder.open()), testing::Each(255));
    folder.options.channels = 4;
    EXPECT_EQ(folder.open().picture(0)[3], 0);
    folder.options.channels = 1;
    EXPECT_EQ(folder.open().picture(0).size(), 16 * 16);
}

TEST(Dataset, IsDecodedOnceAndThenRead) {
    Folder folder;
    write_classes(folder.pictures);
    const auto pixels = pixels_of(folder.open());
    EXPECT_EQ(folder.made, 12);
    EXPECT_EQ(pixels_of(folder.open()), pixels);
    EXPECT_EQ(folder.made, 12) << "nothing decoded again";
}

TEST(Dataset, FollowsWhatChanges) {
    Folder folder;
    write_classes(folder.pictures);
    folder.open();
    folder.made = 0;

    write_file(folder.pictures / "dogs/new.jpg", any_picture(0));
    EXPECT_EQ(folder.open().size(), 13);
    EXPECT_EQ(folder.made, 13) << "a picture more";
    const fs::path changed = folder.pictures / "cats/1.PNG";
    fs::last_write_time(changed, fs::last_write_time(changed) + std::chrono::seconds(1));
    folder.open();
    EXPECT_EQ(folder.made, 26) << "a picture with another time";
    fs::rename(folder.pictures / "dogs", folder.pictures / "wolves");
    EXPECT_THAT(folder.open().class_names(), ElementsAre("cats", "wolves"));
    folder.cache_file();  // is one: what was before is gone

    folder.options.resolution = 8;
    EXPECT_EQ(folder.open().picture(0).size(), 8 * 8 * 3);
    folder.options.resolution = 16;
    folder.made = 0;
    folder.open();
    EXPECT_EQ(folder.made, 0) << "resolutions are kept beside each other";
}

TEST(Dataset, ADamagedCacheIsMadeAgain) {
    Folder folder;
    write_classes(folder.pictures);
    const auto pixels = pixels_of(folder.open());
    const std::string whole = read_text(folder.cache_file());
    std::vector<std::string> damaged{whole.substr(0, 10), whole.substr(0, whole.size() - 1), whole + "x", ""};
    for (size_t at : {size_t{0}, size_t{9}, size_t{17}, size_t{25}, size_t{33}, size_t{50}, size_t{4096},
                      size_t{9000}, whole.size() - 2000, whole.size() - 3}) {
        damaged.push_back(whole);
        damaged.back().at(at) ^= 0x10;
    }
    for (const std::string& file : damaged) {
        write_file(folder.cache_file(), bytes_of(file));
        folder.made = 0;
        const Dataset dataset = folder.open();
        EXPECT_EQ(folder.made, 12);
        EXPECT_EQ(pixels_of(dataset), pixels);
        EXPECT_THAT(dataset.notes(), ElementsAre(HasSubstr("made again")));
        EXPECT_EQ(read_text(folder.cache_file()), whole);
    }
}

TEST(Dataset, DamageToALargeCacheIsFoundWhenAskedFor) {
    Folder folder;
    write_classes(folder.pictures);
    folder.options.verify_up_to = 0;
    EXPECT_TRUE(folder.open().whole());
    std::string file = read_text(folder.cache_file());
    file.at(5000) ^= 1;
    write_file(folder.cache_file(), bytes_of(file));
    EXPECT_FALSE(folder.open().whole());
    EXPECT_EQ(folder.made, 12) << "only the header was checked";
}

TEST(Dataset, InterruptedItLeavesNothing) {
    Folder folder;
    write_classes(folder.pictures);
    folder.options.progress = [](int64_t done, int64_t) {
        if (done == 7) throw Interrupted{};
    };
    EXPECT_THROW(folder.open(), Interrupted);
    EXPECT_TRUE(fs::is_empty(folder.options.cache));
}

TEST(Dataset, BrokenPicturesAreNamedAndLeftOut) {
    Folder folder;
    write_classes(folder.pictures);
    write_file(folder.pictures / "cats/page.jpg", bytes_of("<html>"));
    fs::create_symlink("nowhere", folder.pictures / "dogs/gone.png");
    for (int turn = 0; turn < 2; ++turn) {  // made, and read
        const Dataset dataset = folder.open();
        EXPECT_EQ(dataset.size(), 12);
        ASSERT_EQ(dataset.broken().size(), 2);
        EXPECT_EQ(dataset.broken()[0].name, "cats/page.jpg");
        EXPECT_EQ(dataset.broken()[0].reason, "is no JPEG, PNG or WebP");
        EXPECT_EQ(dataset.broken()[1].name, "dogs/gone.png");
        EXPECT_EQ(dataset.broken()[1].reason, "cannot be opened");
        EXPECT_THAT(dataset.notes(),
                    ElementsAre("2 of 14 pictures cannot be read and are left out: cats/page.jpg "
                                "is no JPEG, PNG or WebP; dogs/gone.png cannot be opened"));
    }
    folder.options.broken_count = 1;
    folder.options.broken_share = 0.1;
    fs::remove_all(folder.options.cache);
    EXPECT_THAT(folder.error(),
                HasSubstr("2 of 14 pictures cannot be read, more than the 1 that may be left out"));
    EXPECT_TRUE(fs::is_empty(folder.options.cache));
}

TEST(Dataset, SaysWhatAFolderLacks) {
    Folder folder;
    EXPECT_THAT(folder.error(), HasSubstr("animals: cannot be read (No such file or directory)"));
    fs::create_directories(folder.pictures / "cats");
    EXPECT_THAT(folder.error(), HasSubstr("holds no pictures; put JPEG"));
    write_file(folder.pictures / "cats/a.gif", bytes_of("GIF89a"));
    write_file(folder.pictures / "cats/.hidden.jpg", any_picture(0));
    EXPECT_THAT(folder.error(), HasSubstr("only others (1 .gif)"));
    write_file(folder.pictures / "cats/a.jpg", bytes_of(""));
    EXPECT_THAT(folder.error(), HasSubstr("animals: none of 1 pictures can be read: cats/a.jpg is empty"));
    write_file(folder.pictures / "dogs/b.jpg", any_picture(0));
    EXPECT_THAT(folder.error(),
                HasSubstr("none of the 1 pictures of class 'cats' can be read (cats/a.jpg is empty)"));
    fs::remove(folder.pictures / "cats/a.jpg");
    EXPECT_THAT(folder.open().notes(),
                ElementsAre("the folder 'cats' holds no picture and is no class",
                            "files that are no JPEG, PNG or WebP are not used: 1 .gif",
                            "there is a single picture, which a network learns by heart"));
    write_file(folder.pictures / "loose.jpg", any_picture(0));
    EXPECT_THAT(folder.error(), HasSubstr("holds 1 pictures beside folders of pictures"));
    folder.pictures /= "loose.jpg";
    EXPECT_THAT(folder.error(), HasSubstr("is a file; name a folder of pictures, or a tar"));
}

TEST(Dataset, NotesPicturesThatAreSmallAndFoldersThatAreDeep) {
    Folder folder;
    for (int i : {0, 1, 2}) write_file(folder.pictures / fmt::format("train/cats/{}.jpg", i), any_picture(0));
    folder.options.resolution = 31;
    EXPECT_THAT(
        folder.open().notes(),
        ElementsAre(HasSubstr("all are of one class, 'train'; if these folders are the classes, name "),
                    "3 of 3 pictures are smaller than 31x31 and were enlarged"));
}

TEST(Dataset, RefusesWhatCannotBe) {
    Folder folder;
    write_classes(folder.pictures);
    folder.options.channels = 2;
    EXPECT_THAT(folder.error(), HasSubstr("not 2"));
    folder.options = {.resolution = 0, .cache = folder / "cache"};
    EXPECT_THAT(folder.error(), HasSubstr("not 0"));
    write_file(folder / "file", bytes_of("in the way"));
    folder.options = {.resolution = 16, .cache = folder / "file/cache"};
    EXPECT_THAT(folder.error(), HasSubstr("name another folder for the cache"));
}

TEST(Tars, GiveTheClassesOfTheirCls) {
    Folder folder;
    write_tar(folder.pictures / "a-1.tar", {{"0001.jpg", any_picture(0)},
                                            {"0001.cls", bytes_of("2\n")},
                                            {"0002.cls", bytes_of("0")},
                                            {"0002.png", any_picture(1)},
                                            {"0002.txt", bytes_of("a cat")}});
    write_tar(folder.pictures / "a-0.tar",
              {{"./x/0001.webp", any_picture(2)}, {"./x/0001.cls", bytes_of("1")}}, true);
    write_file(folder.pictures / "README", bytes_of("about"));
    const Dataset dataset = folder.open();
    EXPECT_THAT(dataset.class_names(), ElementsAre("0", "1", "2"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(1, 2, 0));
    EXPECT_TRUE(
        std::ranges::equal(dataset.picture(2), square_picture(smooth_picture(40, 30, 3, 1), 16, 3).pixels));
    EXPECT_THAT(dataset.notes(),
                ElementsAre("files that are no JPEG, PNG or WebP are not used: 1 without extension",
                            "files in tars that are no pictures or labels are not used: 1 .txt"));
    folder.made = 0;
    folder.open();
    EXPECT_EQ(folder.made, 0);
}

TEST(Tars, GiveTheClassesOfTheirJson) {
    Folder folder;
    const auto classes = [&](const std::vector<std::string>& labels) {
        std::vector<std::pair<std::string, Bytes>> files;
        for (size_t i = 0; i < labels.size(); ++i) {
            files.emplace_back(fmt::format("{}.jpg", i), any_picture(0));
            files.emplace_back(fmt::format("{}.json", i), bytes_of(labels[i]));
        }
        write_tar(folder.pictures / "a.tar", files);
        fs::remove_all(folder.options.cache);
        return folder.open();
    };
    Dataset dataset = classes({R"({"label": "dog"})", R"({"class_name": "cat"})", R"({"class": "dog"})"});
    EXPECT_THAT(dataset.class_names(), ElementsAre("cat", "dog"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(1, 0, 1));

    dataset = classes({R"({"label": 3, "class_name": "dog"})", R"({"label": 0})"});
    EXPECT_THAT(dataset.class_names(), ElementsAre("0", "1", "2", "dog"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(3, 0));
    EXPECT_THAT(dataset.notes(), ElementsAre("2 of 4 classes have no picture: 1, 2"));

    dataset = classes({R"({"label": 1})", "{", R"({"label": -1})", R"({"label": "cat"})", "[]"});
    EXPECT_THAT(labels_of(dataset), ElementsAre(1));
    std::vector<std::string> reasons;
    for (const Broken& one : dataset.broken()) reasons.push_back(one.name + " " + one.reason);
    EXPECT_THAT(reasons, ElementsAre("a.tar/1.jpg its .json is not JSON",
                                     "a.tar/2.jpg its class -1 is not between 0 and 999999",
                                     "a.tar/3.jpg its class 'cat' has no number, and others have one",
                                     "a.tar/4.jpg has no .cls or .json with its class, and others have one"));

    dataset = classes({R"({"caption": "a cat"})", R"({"url": "..."})"});
    EXPECT_THAT(dataset.class_names(), ElementsAre("animals")) << "JSON without classes";
}

TEST(Tars, WithoutLabelsHaveTheirFoldersAsClasses) {
    Folder folder;
    folder.pictures = folder / "animals.tar";
    write_tar(folder.pictures, {{"train/dogs/1.jpg", any_picture(0)},
                                {"train/cats/größe.png", any_picture(1)},
                                {"train/cats/._2.png", bytes_of("of a Mac")},
                                {"train/dogs/2.JPEG", any_picture(3)}});
    const Dataset dataset = folder.open();
    EXPECT_THAT(dataset.class_names(), ElementsAre("train/cats", "train/dogs"));
    EXPECT_THAT(labels_of(dataset), ElementsAre(1, 0, 1));
    EXPECT_THAT(dataset.notes(), IsEmpty());
}

TEST(Tars, CutOffAnywhereAreAnErrorOrWhole) {
    Folder folder;
    folder.pictures = folder / "a.tar";
    for (bool compressed : {false, true}) {
        write_tar(folder.pictures, {{"1.jpg", any_picture(0)}, {"2.webp", any_picture(2)}}, compressed);
        const std::string whole = read_text(folder.pictures);
        for (size_t length = 0; length < whole.size(); length += 1 + length / 40) {
            write_file(folder.pictures, bytes_of(whole.substr(0, length)));
            const std::string error = folder.error();
            // Cut between two files, which no tar shows.
            EXPECT_TRUE(!error.empty() || folder.open().size() == 2 || length % 512 == 0) << length;
            EXPECT_TRUE(error.empty() || error.find("a.tar: ") != std::string::npos) << error;
        }
    }
    write_file(folder.pictures, bytes_of(std::string(5000, 'x')));
    EXPECT_THAT(folder.error(), HasSubstr("is not a tar that can be read to its end"));
}

TEST(MadePictures, PicturesAreMadeOnceForAKey) {
    Folder folder;
    std::atomic<int> calls = 0;
    const auto picture = [&](int64_t index) {
        ++calls;
        return Picture8{20, 16, 1, std::vector<uint8_t>(320, static_cast<uint8_t>(index))};
    };
    const auto generate = [&](const char* key) {
        return Dataset::generate(10, 3, {"a", "b", "c"}, picture, folder.options, key);
    };
    const Dataset dataset = generate("grey 1");
    EXPECT_THAT(labels_of(dataset), ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2, 0));
    EXPECT_THAT(dataset.picture(7), testing::Each(7));
    generate("grey 1");
    EXPECT_EQ(calls, 10);
    generate("grey 2");
    EXPECT_EQ(calls, 20);
    EXPECT_THROW(Dataset::generate(
                     10, 1, {}, [](int64_t) -> Picture8 { throw Error("no"); }, folder.options, "x"),
                 Error);
}

TEST(Check, TellsWhatIsThereAndWhatIsWrong) {
    Folder folder;
    write_classes(folder.pictures);
    write_file(folder.pictures / "cats/copy.png", any_picture(1, 23, 48));
    write_file(folder.pictures / "dogs/copy.png",
               encode_png(23, 48, smooth_picture(23, 48, 3, 1).pixels, {.interlaced = true}));
    write_file(folder.pictures / "cats/page.jpg", bytes_of("<html>"));
    write_file(folder.pictures / "birds/1.png",
               encode_png(64, 8, std::vector<uint8_t>(512), {.colour_type = 0}));
    write_file(folder.pictures / "notes.txt", bytes_of("mine"));
    int64_t calls = 0;
    const DataReport report = check_data(folder.pictures, 3, [&](int64_t, int64_t total) {
        ++calls;
        EXPECT_EQ(total, 16);
    });
    EXPECT_EQ(calls, 16);
    EXPECT_EQ(report.pictures, 15);
    EXPECT_EQ(report.classes[1].name, "cats");
    EXPECT_EQ(report.classes[1].pictures, 6);
    EXPECT_EQ(report.classes[1].broken, 1);
    EXPECT_EQ(report.width.min, 20);
    EXPECT_EQ(report.width.max, 64);
    EXPECT_EQ(report.side.min, 8);
    EXPECT_THAT(report.channels, ElementsAre(std::pair{"RGB", 14}, std::pair{"grey", 1}));
    ASSERT_EQ(report.duplicates.size(), 1);
    EXPECT_THAT(report.duplicates[0].names, ElementsAre("cats/1.PNG", "cats/copy.png", "dogs/copy.png"));
    EXPECT_FALSE(report.duplicates[0].same_file);
    EXPECT_FALSE(report.duplicates[0].same_class);
    EXPECT_THAT(
        report.problems,
        ElementsAre("files that are no JPEG, PNG or WebP are not used: 1 .txt",
                    "1 of 16 pictures cannot be read, the first: cats/page.jpg is no JPEG, PNG or WebP",
                    "2 of 15 pictures are copies of others, the first: cats/copy.png of cats/1.PNG",
                    "1 pictures are in several classes, the first: cats/1.PNG and dogs/copy.png"));
    const std::string text = to_text(report, 2);
    EXPECT_THAT(text, HasSubstr("animals: 15 pictures in 3 classes\n"));
    EXPECT_THAT(text, HasSubstr("  cats: 6, and 1 that cannot be read\n  and 1 more\n"));
    EXPECT_THAT(text, HasSubstr("  cats/1.PNG, cats/copy.png, dogs/copy.png (in different files)\n"));
    EXPECT_EQ(to_json(report)["classes"][2]["pictures"], 8);
    EXPECT_EQ(to_json(report)["side"]["min"], 8);
}

TEST(Check, FindsNothingWrongInAGoodFolder) {
    Folder folder;
    write_classes(folder.pictures);
    const DataReport report = check_data(folder.pictures);
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_THAT(to_text(report), testing::Not(HasSubstr("problems")));
}

TEST(Check, SurvivesAFolderInWhichAllIsBroken) {
    Folder folder;
    write_file(folder.pictures / "a.jpg", bytes_of("x"));
    EXPECT_EQ(check_data(folder.pictures).pictures, 0);
    write_tar(folder / "a.tar", {{"1.jpg", any_picture(0)}, {"1.cls", bytes_of("cat")}});
    EXPECT_THAT(check_data(folder / "a.tar").problems, Contains(HasSubstr("its .cls is not a whole number")));
}

}  // namespace
}  // namespace gan
