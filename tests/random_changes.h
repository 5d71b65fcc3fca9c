#pragma once

#include "runtime/graph/workspace.h"

#include <functional>

namespace gan {

/// What edits: a Document, or a Workspace around one.
struct Hands {
    std::function<void(const Edit&, const std::string& name, uint64_t gesture)> edit;
    std::function<void()> undo, redo;
};
Hands hands_of(Document& document);
Hands hands_of(Workspace& workspace);

/// Makes the change with a number: an edit, undo or redo that depends on the seed, the number and the
/// document alone, so that a run can be made again, from any change on.
void random_change(const Hands& hands, uint32_t seed, int64_t number);

/// All there is of a document, to compare.
std::string everything_of(const Document& document);

}  // namespace gan
