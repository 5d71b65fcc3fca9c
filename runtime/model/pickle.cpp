#include "runtime/model/pickle.h"

#include "runtime/base/error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <deque>

namespace gan {
namespace {

constexpr size_t max_nodes = 4'000'000;  // a state dict of 10 000 tensors makes some 300 000
constexpr int max_depth = 64;

/// One Python object. Nodes live in the machine's arena and name each other by index, so that cyclic
/// data, which pickles can express, needs no care when it is freed.
struct Node {
    enum class Kind { None, Bool, Int, Float, Text, List, Tuple, Dict, Global, Storage, Tensor, Inert };
    Kind kind = Kind::None;
    int64_t integer = 0;
    double real = 0;
    std::string text;             // Text: UTF-8 or bytes; Global: "module.name"
    std::vector<uint32_t> items;  // List, Tuple: elements; Dict: key, value, key, value, ...
    TensorRef tensor;             // Tensor; Storage: its storage member
};

using Kind = Node::Kind;

struct StorageType {
    std::string_view name;
    DType dtype;
};

constexpr std::array storage_types{
    StorageType{"DoubleStorage", DType::F64}, StorageType{"FloatStorage", DType::F32},
    StorageType{"HalfStorage", DType::F16},   StorageType{"BFloat16Storage", DType::BF16},
    StorageType{"LongStorage", DType::I64},   StorageType{"IntStorage", DType::I32},
    StorageType{"ShortStorage", DType::I16},  StorageType{"CharStorage", DType::I8},
    StorageType{"ByteStorage", DType::U8},    StorageType{"BoolStorage", DType::Bool},
    StorageType{"UntypedStorage", DType::U8},
};

/// The element type of "torch.FloatStorage", "torch.cuda.HalfStorage", ...; none for any other name.
std::optional<DType> storage_dtype(std::string_view global) {
    for (std::string_view module : {"torch.cuda.", "torch.storage.", "torch."}) {
        if (!global.starts_with(module)) continue;
        for (const auto& type : storage_types)
            if (global.substr(module.size()) == type.name) return type.dtype;
        return std::nullopt;
    }
    return std::nullopt;
}

/// Constructors whose result carries no tensor and is kept as an opaque value: what a training run's
/// own notes contain beside numbers.
bool is_inert(std::string_view global) {
    constexpr std::array names{
        "numpy.dtype",
        "numpy.core.multiarray.scalar",
        "numpy._core.multiarray.scalar",
        "_codecs.encode",
        "torch.device",
        "torch.nn.modules.activation.ReLU",
        "torch.nn.modules.activation.LeakyReLU",
        "torch.nn.modules.activation.ELU",
        "torch.nn.modules.activation.GELU",
        "__builtin__.set",
        "builtins.set",
    };
    return std::find(names.begin(), names.end(), global) != names.end() ||
           global.starts_with("torch.float") || global == "torch.bfloat16";
}

bool is_callable(std::string_view global) {
    return global == "collections.OrderedDict" || global == "torch.Size" ||
           global == "torch._utils._rebuild_tensor" || global == "torch._utils._rebuild_tensor_v2" ||
           global == "torch._utils._rebuild_parameter" ||
           global == "torch._utils._rebuild_parameter_with_state" || is_inert(global);
}

/// The pickle virtual machine: a stack of node indices, marks, and a memo.
class Machine {
public:
    Machine(std::span<const std::byte> bytes, const std::string& file) : bytes_(bytes), file_(file) {
        none_ = add({.kind = Kind::None});
        true_ = add({.kind = Kind::Bool, .integer = 1});
        false_ = add({.kind = Kind::Bool, .integer = 0});
    }

    PickleContents run() {
        while (step(read<uint8_t>())) {
        }
        PickleContents contents;
        contents.length = position_;
        contents.storages = std::move(storages_);
        const Node& root = nodes_[pop()];
        if (root.kind == Kind::List) {
            for (uint32_t item : root.items)
                if (nodes_[item].kind == Kind::Text) contents.texts.push_back(nodes_[item].text);
        } else if (root.kind == Kind::Dict) {
            flatten(root, "", 0, contents);
        }
        return contents;
    }

private:
    [[noreturn]] void damaged(std::string_view what) const {
        throw Error("{}: its pickle is damaged at byte {} ({})", file_, position_, what);
    }

    uint32_t add(Node node) {
        if (nodes_.size() >= max_nodes) throw Error("{}: its pickle makes too many objects", file_);
        nodes_.push_back(std::move(node));
        return static_cast<uint32_t>(nodes_.size() - 1);
    }
    void push(Node node) { stack_.push_back(add(std::move(node))); }
    uint32_t pop() {
        if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) damaged("stack underflow");
        const uint32_t top = stack_.back();
        stack_.pop_back();
        return top;
    }
    uint32_t top() {
        const uint32_t index = pop();
        stack_.push_back(index);
        return index;
    }
    std::vector<uint32_t> pop_to_mark() {
        if (marks_.empty()) damaged("no mark");
        const auto from = stack_.begin() + static_cast<ptrdiff_t>(marks_.back());
        std::vector<uint32_t> items(from, stack_.end());
        stack_.erase(from, stack_.end());
        marks_.pop_back();
        return items;
    }

    std::span<const std::byte> take(uint64_t count) {
        if (count > bytes_.size() - position_) damaged("cut off");
        const auto part = bytes_.subspan(position_, count);
        position_ += count;
        return part;
    }
    template <class T>
    T read() {
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }
    std::string text(uint64_t count) {
        const auto part = take(count);
        return {reinterpret_cast<const char*>(part.data()), part.size()};
    }
    std::string line() {
        std::string result;
        for (char c = read<char>(); c != '\n'; c = read<char>()) result += c;
        return result;
    }

    void memoize(uint32_t key) { memo_[key] = top(); }
    void recall(uint32_t key) {
        const auto found = memo_.find(key);
        if (found == memo_.end()) damaged("unknown memo");
        stack_.push_back(found->second);
    }

    void push_global(const std::string& name) {
        if (!is_callable(name) && !storage_dtype(name))
            throw Error("{}: refuses '{}': only tensors are read from pickles, and nothing was executed",
                        file_, name);
        push({.kind = Kind::Global, .text = name});
    }

    int64_t integer(uint32_t index) {
        if (nodes_[index].kind != Kind::Int) damaged("not an integer");
        return nodes_[index].integer;
    }
    std::vector<int64_t> integers(uint32_t index) {
        if (nodes_[index].kind != Kind::Tuple && nodes_[index].kind != Kind::List) damaged("not a tuple");
        std::vector<int64_t> values;
        for (uint32_t item : nodes_[index].items) values.push_back(integer(item));
        return values;
    }

    /// torch.save's persistent ids: ('storage', type, key, location, count[, view]) and, in old files,
    /// ('module', class, source file, source).
    void persistent_id() {
        const Node id = nodes_[pop()];
        if (id.kind != Kind::Tuple || id.items.size() < 2) damaged("persistent id");
        const std::string what = nodes_[id.items[0]].text;
        const Node& type = nodes_[id.items[1]];
        if (what == "module" && type.kind == Kind::Global && is_inert(type.text)) {
            stack_.push_back(id.items[1]);
            return;
        }
        const auto dtype = storage_dtype(type.text);
        if (what != "storage" || type.kind != Kind::Global || !dtype || id.items.size() < 5)
            damaged("persistent id");
        Node storage{.kind = Kind::Storage};
        storage.tensor.storage = {nodes_[id.items[2]].text, *dtype, integer(id.items[4]), 0};
        if (id.items.size() > 5 && nodes_[id.items[5]].kind == Kind::Tuple) {
            const Node& view = nodes_[id.items[5]];  // (key, offset, count) of files before PyTorch 0.4
            if (view.items.size() != 3) damaged("storage view");
            storage.tensor.storage.offset = integer(view.items[1]);
            storage.tensor.storage.count = integer(view.items[2]);
        }
        storages_.emplace(storage.tensor.storage.key, *dtype);
        push(std::move(storage));
    }

    void reduce() {
        const uint32_t arguments = pop();
        const Node callee = nodes_[pop()];
        if (callee.kind != Kind::Global || nodes_[arguments].kind != Kind::Tuple) damaged("call");
        const std::vector<uint32_t> args = nodes_[arguments].items;
        const std::string& name = callee.text;
        if (name == "collections.OrderedDict") {
            Node dict{.kind = Kind::Dict};
            if (!args.empty())  // Python 2: a list of pairs
                for (uint32_t pair : nodes_[args[0]].items) {
                    if (nodes_[pair].items.size() != 2) damaged("OrderedDict");
                    dict.items.insert(dict.items.end(), nodes_[pair].items.begin(), nodes_[pair].items.end());
                }
            push(std::move(dict));
        } else if (name == "torch.Size") {
            if (args.size() != 1) damaged("torch.Size");
            stack_.push_back(args[0]);
        } else if (name.starts_with("torch._utils._rebuild_tensor")) {
            if (args.size() < 4 || nodes_[args[0]].kind != Kind::Storage) damaged("tensor");
            Node tensor{.kind = Kind::Tensor};
            tensor.tensor = {nodes_[args[0]].tensor.storage, integer(args[1]), integers(args[2]),
                             integers(args[3])};
            push(std::move(tensor));
        } else if (name.starts_with("torch._utils._rebuild_parameter")) {
            if (args.empty()) damaged("parameter");
            stack_.push_back(args[0]);
        } else if (is_inert(name)) {
            push({.kind = Kind::Inert, .text = name});
        } else {
            damaged("storage called");
        }
    }

    /// Sets state on an object: OrderedDict's _metadata and activation modules have some, none that matters.
    void build() {
        pop();
        const Kind kind = nodes_[top()].kind;
        if (kind != Kind::Dict && kind != Kind::Inert) damaged("state");
    }

    void append(uint32_t list, std::span<const uint32_t> items) {
        Node& node = nodes_[list];
        if (node.kind == Kind::Inert) return;  // a set
        if (node.kind != Kind::List) damaged("append");
        node.items.insert(node.items.end(), items.begin(), items.end());
    }
    void set_items(uint32_t dict, std::span<const uint32_t> items) {
        Node& node = nodes_[dict];
        if (node.kind != Kind::Dict || items.size() % 2 != 0) damaged("dictionary");
        node.items.insert(node.items.end(), items.begin(), items.end());
    }

    void long_integer(uint64_t size) {
        const auto part = take(size);
        Node node{.kind = Kind::Int};
        if (size > 8) {
            node.kind = Kind::Inert;  // only the magic number of legacy files is this wide
        } else if (size > 0) {
            uint64_t value = 0;
            std::memcpy(&value, part.data(), size);
            const unsigned unused = 64 - 8 * static_cast<unsigned>(size);
            node.integer = static_cast<int64_t>(value << unused) >> unused;
        }
        push(std::move(node));
    }

    void tuple(size_t size) {
        Node node{.kind = Kind::Tuple};
        node.items.resize(size);
        for (size_t i = size; i-- > 0;) node.items[i] = pop();
        push(std::move(node));
    }

    /// Executes one opcode; false at the end.
    bool step(uint8_t opcode) {
        // clang-format off
        switch (opcode) {
            case 0x80: if (read<uint8_t>() > 5) damaged("protocol"); break;                   // PROTO
            case 0x95: take(8); break;                                                        // FRAME
            case '.': return false;                                                           // STOP
            case '(': marks_.push_back(stack_.size()); break;                                 // MARK
            case '0': pop(); break;                                                           // POP
            case '1': pop_to_mark(); break;                                                   // POP_MARK
            case '2': stack_.push_back(top()); break;                                         // DUP
            case 'N': stack_.push_back(none_); break;                                         // NONE
            case 0x88: stack_.push_back(true_); break;                                        // NEWTRUE
            case 0x89: stack_.push_back(false_); break;                                       // NEWFALSE
            case 'J': push({.kind = Kind::Int, .integer = read<int32_t>()}); break;           // BININT
            case 'K': push({.kind = Kind::Int, .integer = read<uint8_t>()}); break;           // BININT1
            case 'M': push({.kind = Kind::Int, .integer = read<uint16_t>()}); break;          // BININT2
            case 0x8a: long_integer(read<uint8_t>()); break;                                  // LONG1
            case 0x8b: long_integer(read<uint32_t>()); break;                                 // LONG4
            case 'G': push({.kind = Kind::Float, .real = big_endian_double()}); break;        // BINFLOAT
            case 'X': push({.kind = Kind::Text, .text = text(read<uint32_t>())}); break;      // BINUNICODE
            case 0x8c: push({.kind = Kind::Text, .text = text(read<uint8_t>())}); break;      // SHORT_BINUNICODE
            case 0x8d: push({.kind = Kind::Text, .text = text(read<uint64_t>())}); break;     // BINUNICODE8
            case 'T': push({.kind = Kind::Text, .text = text(read<uint32_t>())}); break;      // BINSTRING
            case 'U': push({.kind = Kind::Text, .text = text(read<uint8_t>())}); break;       // SHORT_BINSTRING
            case 'B': push({.kind = Kind::Text, .text = text(read<uint32_t>())}); break;      // BINBYTES
            case 'C': push({.kind = Kind::Text, .text = text(read<uint8_t>())}); break;       // SHORT_BINBYTES
            case ']': push({.kind = Kind::List}); break;                                      // EMPTY_LIST
            case '}': push({.kind = Kind::Dict}); break;                                      // EMPTY_DICT
            case ')': push({.kind = Kind::Tuple}); break;                                     // EMPTY_TUPLE
            case 't': push({.kind = Kind::Tuple, .items = pop_to_mark()}); break;             // TUPLE
            case 'l': push({.kind = Kind::List, .items = pop_to_mark()}); break;              // LIST
            case 0x85: tuple(1); break;                                                       // TUPLE1
            case 0x86: tuple(2); break;                                                       // TUPLE2
            case 0x87: tuple(3); break;                                                       // TUPLE3
            case 'q': memoize(read<uint8_t>()); break;                                        // BINPUT
            case 'r': memoize(read<uint32_t>()); break;                                       // LONG_BINPUT
            case 0x94: memoize(static_cast<uint32_t>(memo_.size())); break;                   // MEMOIZE
            case 'h': recall(read<uint8_t>()); break;                                         // BINGET
            case 'j': recall(read<uint32_t>()); break;                                        // LONG_BINGET
            case 'a': { const uint32_t item = pop(); append(top(), {&item, 1}); break; }      // APPEND
            case 'e': { const auto items = pop_to_mark(); append(top(), items); break; }      // APPENDS
            case 's': {                                                                       // SETITEM
                const uint32_t value = pop();
                const std::array pair{pop(), value};
                set_items(top(), pair);
                break;
            }
            case 'u': { const auto items = pop_to_mark(); set_items(top(), items); break; }   // SETITEMS
            case 'c': { const std::string module = line(); push_global(module + "." + line()); break; }  // GLOBAL
            case 0x93: {                                                                      // STACK_GLOBAL
                const std::string name = nodes_[pop()].text;
                push_global(nodes_[pop()].text + "." + name);
                break;
            }
            case 'Q': persistent_id(); break;                                                 // BINPERSID
            case 'R': reduce(); break;                                                        // REDUCE
            case 0x81: reduce(); break;                                                       // NEWOBJ
            case 'b': build(); break;                                                         // BUILD
            default:
                throw Error("{}: refuses pickle opcode 0x{:02x}: state dicts do not use it, and nothing was executed",
                            file_, opcode);
        }
        // clang-format on
        return true;
    }

    double big_endian_double() { return std::bit_cast<double>(__builtin_bswap64(read<uint64_t>())); }

    /// A pickle can name one object many times, and itself: depth and the number of visits are bounded.
    void flatten(const Node& dict, const std::string& prefix, int depth, PickleContents& contents) {
        if (depth > max_depth) throw Error("{}: its pickle is nested too deeply", file_);
        for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
            if (++visits_ > max_nodes) throw Error("{}: its pickle names too many objects", file_);
            const Node& key = nodes_[dict.items[i]];
            const Node& value = nodes_[dict.items[i + 1]];
            if (key.kind != Kind::Text) continue;  // optimizers number their parameters
            const std::string name = prefix + key.text;
            if (name.size() > 4096) throw Error("{}: its pickle has a name of over 4096 characters", file_);
            switch (value.kind) {
                case Kind::Dict:
                    flatten(value, name + ".", depth + 1, contents);
                    break;
                case Kind::Tensor:
                    contents.tensors.insert_or_assign(name, value.tensor);
                    break;
                case Kind::Bool:
                    contents.scalars.insert_or_assign(name, value.integer != 0);
                    break;
                case Kind::Int:
                    contents.scalars.insert_or_assign(name, value.integer);
                    break;
                case Kind::Float:
                    contents.scalars.insert_or_assign(name, value.real);
                    break;
                case Kind::Text:
                    contents.scalars.insert_or_assign(name, value.text);
                    break;
                default:
                    break;
            }
        }
    }

    std::span<const std::byte> bytes_;
    std::string file_;
    size_t position_ = 0;
    std::deque<Node> nodes_;  // references stay valid while it grows
    std::vector<uint32_t> stack_;
    std::vector<size_t> marks_;
    std::map<uint32_t, uint32_t> memo_;
    std::map<std::string, DType, std::less<>> storages_;
    size_t visits_ = 0;
    uint32_t none_ = 0, true_ = 0, false_ = 0;
};

}  // namespace

PickleContents read_pickle(std::span<const std::byte> bytes, const std::string& file) {
    return Machine(bytes, file).run();
}

}  // namespace gan
