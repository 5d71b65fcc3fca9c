#pragma once

#include "nodes/plugin/module.h"
#include "runtime/gpu/device.h"
#include "runtime/graph/node.h"

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace gan {

/// A node of a library's: its ports and parameters are those that the scan found, its functions the
/// library's, which is opened when the node first runs or is prepared.
class PluginNode final : public Node {
public:
    /// `module` is shared by all nodes of the library.
    PluginNode(std::shared_ptr<PluginModule> module, size_t type);
    ~PluginNode() override;

    void process(const Tick& tick) override;
    void prepare_on(Gpu& gpu) override;
    void reset() override;
    void follow(Node& old) override;

private:
    // In the order of GAN_NODE_NUMBER and its like.
    using AnyInput = std::variant<Input<double>, Input<bool>, Input<std::string>, Input<Trigger>,
                                  Input<Latent>, Input<ClassMix>, Input<ImageRef>>;
    using AnyOutput = std::variant<Output<double>, Output<bool>, Output<std::string>, Output<Trigger>,
                                   Output<Latent>, Output<ClassMix>, Output<ImageRef>>;
    using AnyParam = std::variant<Number, Toggle, Choice<size_t>, TextParam>;

    /// A picture that goes on the wire when process() has succeeded: in memory, or on the GPU.
    struct Draft {
        uint32_t output = 0;
        ImageInfo info;
        std::vector<float> pixels;
        TextureRef texture;
        bool submitted = false;  // what writes it was
    };

    /// While one of the library's functions runs: what the host's may be asked for then.
    enum class Turn { None, Create, Process, Save };
    class Running {
    public:
        Running(PluginNode& node, Turn turn, const Tick* tick = nullptr);
        ~Running();
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;

    private:
        PluginNode& node_;
    };
    friend class PluginHost;

    const PluginType& about() const { return module_->description().types[type_]; }
    void add_ports();
    void make();
    void leave_old_gpu(const Tick& tick);
    void publish();
    [[noreturn]] void throw_failure(const char* function, int result) const;

    const std::shared_ptr<PluginModule> module_;
    const size_t type_;
    const gan_node_host host_;
    std::deque<AnyInput> inputs_;
    std::deque<AnyOutput> outputs_;
    std::deque<AnyParam> params_;

    const gan_node_type* functions_ = nullptr;  // once it is open
    bool made_ = false;                         // create() has succeeded
    void* instance_ = nullptr;
    std::string late_failure_;  // of reset() or follow(), which cannot say it

    std::atomic<std::thread::id> runner_;  // that calls a function of the library
    Turn turn_ = Turn::None;
    const Tick* tick_ = nullptr;
    std::string failure_;  // the first in this turn
    std::vector<Draft> drafts_;
    uint64_t given_ = 0;              // a bit for each output that was set in this turn; there are 64 at most
    std::vector<TextureRef> lent_;    // pictures that the library works with in this turn
    std::vector<std::byte> kept_;     // of save()
    std::shared_ptr<Device> device_;  // that the library has things on; lives until it has destroyed them
};

/// The functions that a library is given, for a node; host.cpp.
gan_node_host host_for(PluginNode& node);

}  // namespace gan
