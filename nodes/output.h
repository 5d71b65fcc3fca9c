#pragma once

#include "runtime/graph/player.h"
#include "runtime/picture/picture.h"

#include <optional>

namespace gan {

/// The Output node that is shown: the one that was chosen, or the one with the lowest id. Throws Error when
/// it is not there, or muted.
const Plan::Step& output_of(const Plan& plan, std::optional<NodeId> chosen = std::nullopt);

/// The picture that the Output node shows. Throws Error with the cause when it, or another sink, has failed.
const ImageRef& shown(const Player& player, std::optional<NodeId> chosen = std::nullopt);

/// The pixels of an image, to be resampled and rounded.
FloatPicture float_picture(const Image& image);

}  // namespace gan
