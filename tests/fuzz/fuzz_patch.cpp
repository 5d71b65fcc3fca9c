// A patch from hostile bytes: refused with an Error, or a graph that saves, loads again to the same bytes,
// and plays.

#include "runtime/base/error.h"
#include "runtime/graph/patch.h"
#include "runtime/graph/player.h"
#include "tests/graph_nodes.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    try {
        const auto patch = gan::parse_patch({reinterpret_cast<const char*>(data), size}, gan::test_nodes());
        const std::string text = gan::patch_text(patch.graph);
        if (gan::patch_text(gan::parse_patch(text, gan::test_nodes()).graph) != text) std::abort();
        gan::Player player;
        player.post(gan::build_plan(patch.graph, gan::test_nodes()));
        player.show({.index = 2});
    } catch (const gan::Error&) {
    }
    return 0;
}
