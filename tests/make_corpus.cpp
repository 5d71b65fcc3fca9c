// Writes the fuzzers' seeds: small whole models in every container. Run by hand when a format changes:
//     build/dev/tests/make_corpus tests/fuzz/corpus

#include "runtime/model/checkpoint.h"
#include "runtime/model/safetensors.h"
#include "tests/support.h"
#include "tests/torch_writer.h"

#include <cstdio>
#include <fstream>

int main(int argc, char** argv) {
    if (argc != 2) return std::fputs("usage: make_corpus FOLDER\n", stderr), 2;
    using namespace gan;
    const std::filesystem::path folder = argv[1];
    const auto write = [&](const std::string& name, const std::vector<std::byte>& bytes) {
        std::ofstream(folder / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    };
    // One channel and one class keep a seed near 10 KB, so that the fuzzer stays fast.
    for (Family family : {Family::BigGan, Family::BigGanDeep}) {
        BigGanConfig config = small_config(family, 32, 1);
        config.widths = {1, 1, 1, 1};
        config.attention = {};
        config.classes = 1;
        config.shared_dim = 1;
        config.dim_z = family == Family::BigGan ? 4 : 1;
        const Checkpoint checkpoint = random_checkpoint(config, 1);
        const std::string name(name_of(family));
        write_safetensors(folder / "safetensors" / (name + ".safetensors"),
                          {.tensors = checkpoint.tensors, .metadata = {}});
        save_checkpoint(folder / "safetensors" / (name + "-native.safetensors"), checkpoint);
        write("torch_file/" + name + ".legacy.pth", save_state_dict(checkpoint.tensors, false));
        write("torch_file/" + name + ".zip.pth", save_state_dict(checkpoint.tensors, true));
    }
}
