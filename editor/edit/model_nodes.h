#pragma once

#include "editor/edit/edits.h"

#include <functional>
#include <string>

namespace gan {

/// What a model that is dropped onto the canvas becomes: its node and, where the patch has no generator yet,
/// all that makes pictures of it: a sampler, truncation, a class, the generator, and the Output where there
/// is none, wired from left to right. The model's node stands at `place`.
struct ModelNodes {
    Edit edit;
    NodeId model = 0;
};
ModelNodes add_model(const Graph& graph, const NodeTypes& types, const std::string& path, Place place,
                     NodeId inside, const std::function<NodeId()>& fresh_id);

}  // namespace gan
