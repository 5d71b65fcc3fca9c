#include "nodes/plugin/node.h"

#include "nodes/picture.h"

#include <utility>

namespace gan {
namespace {

template <class List, size_t... types>
void add_any(List& list, size_t type, std::index_sequence<types...>, const auto& add) {
    ((type == types ? add(list, std::in_place_index<types>) : void()), ...);
}

}  // namespace

PluginNode::Running::Running(PluginNode& node, Turn turn, const Tick* tick) : node_(node) {
    node.failure_.clear();
    node.given_ = 0;
    node.turn_ = turn;
    node.tick_ = tick;
    node.runner_ = std::this_thread::get_id();
}

PluginNode::Running::~Running() {
    node_.runner_ = std::thread::id();
    node_.turn_ = Turn::None;
    node_.tick_ = nullptr;
    node_.lent_.clear();
    node_.drafts_.clear();
}

PluginNode::PluginNode(std::shared_ptr<PluginModule> module, size_t type)
    : module_(std::move(module)), type_(type), host_(host_for(*this)) {
    add_ports();
}

PluginNode::~PluginNode() {
    if (!made_ || functions_->destroy == nullptr) return;
    try {
        module_->call("destroy", functions_->destroy, instance_);
    } catch (const std::exception&) {
        // Nobody is left to hear of it.
    }
}

void PluginNode::add_ports() {
    constexpr auto port_types = std::make_index_sequence<std::variant_size_v<AnyInput>>();
    for (const PluginPort& port : about().inputs)
        add_any(inputs_, port.type, port_types, [&](auto& list, auto which) {
            list.emplace_back(which, *this, port.name, port.description,
                              port.optional ? Need::Optional : Need::Required);
        });
    for (const PluginPort& port : about().outputs)
        add_any(outputs_, port.type, port_types, [&](auto& list, auto which) {
            list.emplace_back(which, *this, port.name, port.description);
        });
    for (const PluginParam& param : about().params) {
        const bool setup = (param.flags & GAN_NODE_PARAM_SETUP) != 0;
        switch (param.kind) {
            case GAN_NODE_PARAM_NUMBER:
                params_.emplace_back(
                    std::in_place_type<Number>, *this, param.name, param.description,
                    NumberInfo{.value = param.value,
                               .min = param.min,
                               .max = param.max,
                               .unit = param.unit,
                               .curve = (param.flags & GAN_NODE_PARAM_LOG) != 0 ? Curve::Log : Curve::Linear,
                               .whole = (param.flags & GAN_NODE_PARAM_WHOLE) != 0,
                               .setup = setup});
                break;
            case GAN_NODE_PARAM_TOGGLE:
                params_.emplace_back(std::in_place_type<Toggle>, *this, param.name, param.description,
                                     param.value != 0, setup);
                break;
            case GAN_NODE_PARAM_CHOICE:
                params_.emplace_back(std::in_place_type<Choice<size_t>>, *this, param.name, param.description,
                                     param.choices, static_cast<size_t>(param.value), setup);
                break;
            default:
                params_.emplace_back(std::in_place_type<TextParam>, *this, param.name, param.description,
                                     param.text, setup, (param.flags & GAN_NODE_PARAM_FILE) != 0);
        }
    }
}

/// Opens the library and makes what the node remembers, unless that was done. Throws Error.
void PluginNode::make() {
    if (made_) return;
    functions_ = &module_->functions(type_);
    if (functions_->create != nullptr) {
        const Running running(*this, Turn::Create);
        instance_ = nullptr;
        const int result = module_->call("create", functions_->create, &host_, &instance_);
        if (result != GAN_NODE_OK || !failure_.empty()) throw_failure("create", result);
    }
    made_ = true;
}

void PluginNode::throw_failure(const char* function, int result) const {
    if (!failure_.empty()) throw Error("{}", failure_);
    throw Error("{}() of {} failed ({}), and did not say why", function, module_->file().filename().string(),
                result);
}

void PluginNode::prepare_on(Gpu&) {
    try {
        make();
    } catch (const std::exception&) {
        // process() says it.
    }
}

void PluginNode::process(const Tick& tick) {
    make();
    if (!late_failure_.empty()) throw Error("{}", std::exchange(late_failure_, {}));
    leave_old_gpu(tick);
    const std::string folder(tick.folder);
    const gan_node_tick now{.abi = GAN_NODE_ABI,
                            .size = sizeof(gan_node_tick),
                            .index = tick.index,
                            .rate = tick.rate,
                            .tempo = tick.tempo,
                            .live = tick.live ? 1u : 0u,
                            .reserved = 0,
                            .folder = folder.c_str()};
    const Running running(*this, Turn::Process, &tick);
    const int result = module_->call("process", functions_->process, instance_, &host_, &now);
    if (result != GAN_NODE_OK || !failure_.empty()) throw_failure("process", result);
    publish();
}

/// Pictures that are finished go on their wires.
void PluginNode::publish() {
    for (Draft& draft : drafts_) {
        auto& output = std::get<Output<ImageRef>>(outputs_[draft.output]);
        if (draft.texture == nullptr) {
            output = std::make_shared<Image>(draft.info, std::move(draft.pixels));
        } else if (draft.submitted) {
            output = image_of(std::move(draft.texture), draft.info);
        } else {
            throw Error("'{}' was to be made on the GPU, and nothing was submitted", output.name);
        }
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
        const OutputBase& output = *Node::outputs()[i];
        const bool has_value = output.version() > 0 && output.error().empty();
        if (!has_value && (given_ >> i & 1) == 0) throw Error("'{}' was not set", output.name);
    }
}

void PluginNode::reset() {
    if (!made_ || functions_->reset == nullptr) return;
    try {
        module_->call("reset", functions_->reset, instance_);
    } catch (const std::exception& failure) {
        late_failure_ = failure.what();
    }
}

void PluginNode::follow(Node& old) {
    auto* other = dynamic_cast<PluginNode*>(&old);
    if (other == nullptr || !other->made_ || other->module_ != module_ || other->type_ != type_) return;
    try {
        make();
        if (functions_->save == nullptr) return;
        {
            const Running saving(*other, Turn::Save);
            other->kept_.clear();
            const int result = module_->call("save", functions_->save, other->instance_, &other->host_);
            if (result != GAN_NODE_OK || !other->failure_.empty()) other->throw_failure("save", result);
        }
        const std::vector<std::byte> kept = std::exchange(other->kept_, {});
        const void* bytes = kept.data();
        const int result = module_->call("restore", functions_->restore, instance_, bytes,
                                         static_cast<uint64_t>(kept.size()));
        if (result != GAN_NODE_OK) reset();
    } catch (const std::exception& failure) {
        late_failure_ = failure.what();
    }
}

}  // namespace gan
