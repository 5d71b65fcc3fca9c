#include "runtime/graph/workspace.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/hash.h"
#include "runtime/graph/patch.h"

#include <algorithm>
#include <span>
#include <utility>

namespace gan {
namespace {

namespace fs = std::filesystem;

constexpr int max_untitled = 1000;

std::string counted(int64_t changes) {
    return fmt::format("{} change{}", changes, changes == 1 ? "" : "s");
}

Patch parse(const std::string& text, const fs::path& path, const NodeTypes& types) {
    try {
        return parse_patch(text, types);
    } catch (const Error& error) {
        throw Error("{}: {}", path.string(), error.what());
    }
}

std::optional<LockedFile> hold(const fs::path& journal, LockedFile::Mode mode, const fs::path& edited) {
    try {
        return LockedFile::open(journal, mode);
    } catch (const Error&) {
        throw Error("{}: is being edited by another program; close it there first", edited.string());
    }
}

/// The journals of a patch: the one to write first, which is made when there is none, then what others there
/// are. None when none can be written.
std::vector<LockedFile> hold_journals(const fs::path& patch) {
    using enum LockedFile::Mode;
    std::vector<LockedFile> held;
    for (const fs::path& place : journal_places(patch)) {
        std::error_code ignored;
        if (held.empty() && place.parent_path() == journal_folder())
            fs::create_directories(journal_folder(), ignored);
        if (auto file = hold(place, held.empty() ? Create : Existing, patch))
            held.push_back(std::move(*file));
    }
    return held;
}

/// Writes a journal's contents under a free name beside it, and says which.
std::string keep_aside(const fs::path& journal, const std::string& contents) {
    fs::path aside;
    for (int n = 1; aside.empty() || fs::exists(aside); ++n)
        aside = journal.parent_path() / fmt::format("{}.{}.journal", journal.stem().string(), n);
    AtomicFile file(aside);
    file.write(std::as_bytes(std::span(contents)));
    file.commit();
    return fmt::format("it is kept as {}, which can be opened", aside.string());
}

/// Whether a journal holds what was in no file when it was written. One that cannot be read may.
bool holds_work(const std::string& contents) {
    if (contents.empty()) return false;
    try {
        const Journal journal = parse_journal(contents);
        return journal.number() > journal.start.saved || !journal.damage.empty();
    } catch (const Error&) {
        return true;
    }
}

fs::path canonical(const std::string& path) {
    std::error_code failed;
    fs::path file = fs::absolute(path, failed);
    if (!failed) file = fs::weakly_canonical(file, failed);
    if (failed)
        throw Error("{}: cannot be found ({}); choose another name or folder", path, failed.message());
    return file;
}

}  // namespace

std::unique_ptr<Workspace> Workspace::open(const std::string& path, const NodeTypes& types) {
    const fs::path file = canonical(path);
    if (file.extension() == ".journal") return open_journal(file, types);
    // Read before there is a journal, so that what is no patch gets none; and again once no other can save.
    const std::string text = read_text(file);
    Patch patch = parse(text, file, types);
    std::vector<LockedFile> held = hold_journals(file);
    if (read_text(file) != text)
        throw Error("{}: was changed while it was being opened; open it again", file.string());

    std::unique_ptr<Workspace> workspace(new Workspace(Document(patch.graph, types), file));
    workspace->problems_ = std::move(patch.problems);
    workspace->now_saved(sha256_hex(text));
    for (const LockedFile& journal : held) workspace->take_up(journal.path());
    workspace->begin_journal(std::move(held));
    return workspace;
}

std::unique_ptr<Workspace> Workspace::open_journal(const fs::path& path, const NodeTypes& types) {
    auto held = hold(path, LockedFile::Mode::Existing, path);
    const std::string contents = read_journal(path);
    try {
        const Journal journal = parse_journal(contents);
        Recovery recovery = recover(journal, types);
        std::unique_ptr<Workspace> workspace(new Workspace(std::move(recovery.document), ""));
        workspace->changes_ = recovery.number;
        workspace->saved_changes_ = std::min(journal.start.saved, recovery.number);
        const std::string& patch = journal.start.patch;
        workspace->recovered_.push_back(
            fmt::format("this is what a journal of {} holds; save it under a name",
                        patch.empty() ? "a patch without a file" : patch));
        for (const std::string& problem : {journal.damage, recovery.problem})
            if (!problem.empty())
                workspace->recovered_.push_back(fmt::format("{}: {}", path.string(), problem));
        workspace->begin_untitled_journal();
        const bool whole = journal.damage.empty() && recovery.problem.empty();
        if (held && whole && workspace->flush()) held->remove();
        return workspace;
    } catch (const Error& error) {
        throw Error("{}: {}", path.string(), error.what());
    }
}

std::unique_ptr<Workspace> Workspace::create(Graph graph, const NodeTypes& types) {
    std::unique_ptr<Workspace> workspace(new Workspace(Document(std::move(graph), types), ""));
    workspace->saved_ = workspace->document_.graph();
    workspace->begin_untitled_journal();
    return workspace;
}

std::vector<std::string> Workspace::left_behind() {
    std::vector<std::string> found;
    if (journal_folder().empty()) return found;
    for (int n = 1; n <= max_untitled; ++n) {
        const fs::path path = journal_folder() / fmt::format("untitled-{}.journal", n);
        std::error_code ignored;
        if (!fs::exists(path, ignored)) continue;
        try {
            auto held = LockedFile::open(path, LockedFile::Mode::Existing);
            if (held && holds_work(read_journal(path)))
                found.push_back(path.string());
            else if (held)
                held->remove();
        } catch (const Error&) {
            // Its program is alive.
        }
    }
    return found;
}

Workspace::~Workspace() {
    if (journal_ && !modified()) journal_->remove();
}

/// Goes on where a journal ends, if it continues the file.
void Workspace::take_up(const fs::path& path) {
    const std::string contents = read_journal(path);
    if (contents.empty()) return;
    std::string fault;
    try {
        const Journal journal = parse_journal(contents);
        const auto unsaved = journal.unsaved(base_);
        if (unsaved && changes_ == 0) {
            Recovery recovery = recover(journal, document_.types());
            const int64_t saved = journal.number() - *unsaved;
            // What leads to less than the file holds is left aside.
            if (recovery.number >= saved) {
                document_ = std::move(recovery.document);
                changes_ = recovery.number;
                saved_changes_ = saved;
            }
            if (changes_ > saved_changes_)
                recovered_.push_back(fmt::format("{}: {} that had not been saved {} back", path_,
                                                 counted(changes_ - saved_changes_),
                                                 changes_ - saved_changes_ == 1 ? "is" : "are"));
            fault = journal.damage.empty() ? recovery.problem : journal.damage;
        } else if (holds_work(contents)) {
            fault = fmt::format("holds {} of another version of this patch",
                                counted(journal.number() - journal.start.saved));
        }
    } catch (const Error& error) {
        fault = error.what();
    }
    if (!fault.empty())
        recovered_.push_back(fmt::format("{}: {}; {}", path.string(), fault, keep_aside(path, contents)));
}

void Workspace::begin_journal(std::vector<LockedFile> held) {
    if (held.empty()) return;
    journal_ = std::make_unique<JournalWriter>(std::move(held.front()), here());
    // The others go once everything is in this one.
    if (!journal_->flush()) return;
    for (auto other = held.begin() + 1; other != held.end(); ++other) other->remove();
}

void Workspace::begin_untitled_journal() {
    if (journal_folder().empty()) return;
    std::error_code ignored;
    fs::create_directories(journal_folder(), ignored);
    for (int n = 1; n <= max_untitled; ++n) {
        const fs::path path = journal_folder() / fmt::format("untitled-{}.journal", n);
        auto file = LockedFile::open(path, LockedFile::Mode::New);
        if (file) return begin_journal({std::move(*file)});
        if (!fs::exists(path, ignored)) return;
    }
}

JournalStart Workspace::here() const {
    return {path_, base_, changes_, saved_changes_, patch_text(document_.graph()), document_.history()};
}

void Workspace::now_saved(std::string base) {
    base_ = std::move(base);
    saved_ = document_.graph();
    saved_changes_ = changes_;
}

void Workspace::record(int64_t tick, decltype(JournalEntry::change) change) {
    if (journal_) journal_->append({changes_, tick, std::move(change)});
}

Document::Effect Workspace::edit(const Edit& edit, const std::string& name, int64_t tick, uint64_t gesture) {
    auto effect = document_.edit(edit, name, gesture);
    ++changes_;
    record(tick, Edited{edit, name, gesture});
    return effect;
}

Document::Effect Workspace::undo(int64_t tick) {
    auto effect = document_.undo();
    ++changes_;
    record(tick, Undone{});
    return effect;
}

Document::Effect Workspace::redo(int64_t tick) {
    auto effect = document_.redo();
    ++changes_;
    record(tick, Redone{});
    return effect;
}

bool Workspace::modified() const {
    if (!saved_) return true;
    if (changes_ == saved_changes_) return false;
    if (std::exchange(compared_, changes_) != changes_) differs_ = document_.graph() != *saved_;
    return differs_;
}

void Workspace::save() {
    if (path_.empty()) throw Error("this patch has no file yet; save it under a name");
    std::error_code ignored;
    if (fs::exists(path_, ignored) && sha256_hex(read_text(path_)) != base_)
        throw Error("{}: another program has changed it since it was opened; save under another name", path_);
    const std::string base = sha256_hex(patch_text(document_.graph()));
    // Said before it is done: killed in between, the journal continues the old file, killed after, the new
    // one.
    record(0, Saving{base});
    flush();
    save_patch(path_, document_.graph());
    now_saved(base);
    if (!journal_) return;
    journal_->restart(here());
    journal_->flush();
}

void Workspace::save_as(const std::string& path) {
    const fs::path file = canonical(path);
    if (file == path_) return save();
    std::vector<LockedFile> held = hold_journals(file);
    try {
        for (const LockedFile& journal : held)
            if (const auto contents = read_journal(journal.path()); holds_work(contents))
                recovered_.push_back(fmt::format("{}: holds changes of the patch that was here; {}",
                                                 journal.path().string(),
                                                 keep_aside(journal.path(), contents)));
        save_patch(file.string(), document_.graph());
    } catch (...) {
        for (LockedFile& journal : held)
            if (read_journal(journal.path()).empty()) journal.remove();
        throw;
    }
    path_ = file.string();
    now_saved(sha256_hex(patch_text(document_.graph())));
    const auto old = std::exchange(journal_, nullptr);
    begin_journal(std::move(held));
    if (old) old->remove();
}

void Workspace::discard() {
    if (journal_) journal_->remove();
    journal_.reset();
}

bool Workspace::flush() {
    return journal_ && journal_->flush();
}

std::string Workspace::journal_problem() const {
    if (journal_) return journal_->problem();
    return "changes are not being kept, since no journal can be written beside the patch or in the state folder; "
           "save often";
}

}  // namespace gan
