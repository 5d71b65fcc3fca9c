#include "tests/random_changes.h"

#include "runtime/base/error.h"
#include "runtime/graph/patch.h"
#include "tests/graph_nodes.h"

namespace gan {

Hands hands_of(Document& document) {
    return {[&](const Edit& edit, const std::string& name, uint64_t gesture) {
                document.edit(edit, name, gesture);
            },
            [&] { document.undo(); }, [&] { document.redo(); }};
}

Hands hands_of(Workspace& workspace) {
    return {[&](const Edit& edit, const std::string& name, uint64_t gesture) {
                workspace.edit(edit, name, workspace.changes(), gesture);
            },
            [&] { workspace.undo(workspace.changes()); }, [&] { workspace.redo(workspace.changes()); }};
}

void random_change(const Hands& hands, uint32_t seed, int64_t number) {
    std::mt19937 random(seed * 1'000'003 + static_cast<uint32_t>(number));
    const uint64_t gesture = number % 8 < 5 ? static_cast<uint64_t>(number / 8 + 1) : 0;
    for (;;) {
        try {
            switch (random() % 8) {
                case 0:
                case 1:
                    return hands.undo();
                case 2:
                    return hands.redo();
                default:
                    return hands.edit(random_edit(random), fmt::format("Edit {}", number), gesture);
            }
        } catch (const Error&) {
            // It did not fit, and changed nothing.
        }
    }
}

std::string everything_of(const Document& document) {
    return fmt::format("{}undo: {}\nredo: {}\n", patch_text(document.graph()),
                       fmt::join(document.past(), ", "), fmt::join(document.future(), ", "));
}

}  // namespace gan
