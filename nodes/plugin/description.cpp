#include "nodes/plugin/description.h"

#include "runtime/base/error.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

namespace gan {

// Of JSON: a member for each field, all of which must be there.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginPort, name, description, type, optional)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginParam, name, description, kind, flags, value, min, max, unit,
                                   choices, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginType, id, name, description, aliases, version, traits, inputs,
                                   outputs, params)

namespace {

using nlohmann::json;

constexpr size_t most_types = 256;
constexpr size_t most_entries = 64;      // ports and parameters of a type, of each kind
constexpr size_t most_words = 256;       // choices, aliases
constexpr size_t longest_name = 64;      // bytes
constexpr size_t longest_text = 4096;    // bytes
constexpr size_t longest_struct = 4096;  // bytes, of any later version

constexpr uint32_t known_traits = GAN_NODE_TIMED | GAN_NODE_STATEFUL | GAN_NODE_SINK;
constexpr uint32_t known_flags =
    GAN_NODE_PARAM_WHOLE | GAN_NODE_PARAM_LOG | GAN_NODE_PARAM_SETUP | GAN_NODE_PARAM_FILE;

// Reading what is in memory ---------------------------------------------------------------------------------

std::string copied(const char* text, const std::string& what) {
    if (text == nullptr) throw Error("{} is missing", what);
    const size_t length = ::strnlen(text, longest_text + 1);
    if (length > longest_text) throw Error("{} is longer than {} bytes", what, longest_text);
    return {text, length};
}

std::string copied_or_empty(const char* text, const std::string& what) {
    return text == nullptr ? std::string() : copied(text, what);
}

/// Texts that end with a null.
std::vector<std::string> copied_list(const char* const* texts, const std::string& what) {
    std::vector<std::string> list;
    for (; texts != nullptr && *texts != nullptr; ++texts) {
        if (list.size() == most_words)
            throw Error("{} are more than {}, or do not end with null", what, most_words);
        list.push_back(copied(*texts, "one of " + what));
    }
    return list;
}

void check_header(uint32_t abi, uint32_t size, size_t least, const std::string& what) {
    if (abi > GAN_NODE_ABI)
        throw Error("is made for a newer Ganymede ({} has abi {}, this one knows {}); update Ganymede", what,
                    abi, GAN_NODE_ABI);
    if (abi != GAN_NODE_ABI)
        throw Error("is no library of nodes that can be used ({} has abi {})", what, abi);
    if (size < least || size > longest_struct)
        throw Error("cannot be used: the size of {} is {}; set it to its sizeof", what, size);
}

/// The entries of a list of structures, each as long as `stride` says: later versions have longer ones.
template <class T>
std::vector<T> entries(const T* list, uint32_t count, uint32_t stride, const std::string& what) {
    std::vector<T> found;
    if (count == 0) return found;
    if (list == nullptr) throw Error("{}: the list is missing", what);
    if (count > most_entries) throw Error("{}: {} are too many; {} are allowed", what, count, most_entries);
    if (stride < sizeof(T) || stride > longest_struct || stride % alignof(T) != 0)
        throw Error("{}: {} bytes is no size of an entry; set it to its sizeof", what, stride);
    found.resize(count);
    for (uint32_t i = 0; i < count; ++i)
        std::memcpy(&found[i], reinterpret_cast<const char*>(list) + size_t{i} * stride, sizeof(T));
    return found;
}

std::vector<PluginPort> ports(const gan_node_port* list, uint32_t count, uint32_t stride,
                              const std::string& what) {
    std::vector<PluginPort> found;
    for (const gan_node_port& port : entries(list, count, stride, what))
        found.push_back({.name = copied(port.name, what + ": a name"),
                         .description = copied(port.description, what + ": a description"),
                         .type = port.type,
                         .optional = port.optional != 0});
    return found;
}

PluginParam described_param(const gan_node_param& param, const std::string& owner) {
    const std::string name = copied(param.name, owner + ": the name of a parameter");
    const std::string what = fmt::format("{}: parameter '{}'", owner, name.substr(0, longest_name));
    const bool number = param.kind == GAN_NODE_PARAM_NUMBER;
    PluginParam result{.name = name,
                       .description = copied(param.description, what + ": the description"),
                       .kind = param.kind,
                       .flags = param.flags & known_flags,
                       .value = param.value};
    if (number) {
        result.min = param.min;
        result.max = param.max;
        result.unit = copied_or_empty(param.unit, what + ": the unit");
    }
    if (param.kind == GAN_NODE_PARAM_CHOICE)
        result.choices = copied_list(param.choices, what + ": the choices");
    if (param.kind == GAN_NODE_PARAM_TEXT) {
        result.value = 0;
        result.text = copied_or_empty(param.text, what + ": the text");
    }
    return result;
}

void check_functions(const gan_node_type& type, const std::string& id) {
    if (type.process == nullptr) throw Error("{} has no process()", id);
    if ((type.create == nullptr) != (type.destroy == nullptr))
        throw Error("{} has one of create() and destroy(), and not the other", id);
    if ((type.save == nullptr) != (type.restore == nullptr))
        throw Error("{} has one of save() and restore(), and not the other", id);
    if ((type.traits & GAN_NODE_STATEFUL) != 0 && type.reset == nullptr)
        throw Error("{} remembers, but has no reset()", id);
}

PluginType described_type(const gan_node_type* type, size_t index) {
    if (type == nullptr) throw Error("type {} is missing", index);
    check_header(type->abi, type->size, sizeof(gan_node_type), fmt::format("type {}", index));
    const std::string id = copied(type->id, fmt::format("the id of type {}", index));
    const std::string owner = id.substr(0, longest_name);
    check_functions(*type, owner);
    PluginType result{
        .id = id,
        .name = copied(type->name, owner + ": the name"),
        .description = copied(type->description, owner + ": the description"),
        .aliases = copied_list(type->aliases, owner + ": the aliases"),
        .version = type->version,
        .traits = type->traits & known_traits,
        .inputs = ports(type->inputs, type->input_count, type->port_size, owner + ": inputs"),
        .outputs = ports(type->outputs, type->output_count, type->port_size, owner + ": outputs")};
    for (const gan_node_param& param :
         entries(type->params, type->param_count, type->param_size, owner + ": parameters"))
        result.params.push_back(described_param(param, owner));
    return result;
}

// Checking what was read ------------------------------------------------------------------------------------

bool is_small(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit_of_id(char c) {
    return c >= '0' && c <= '9';
}
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 32 || c == 127;
}

/// "vendor.name"
bool is_id(const std::string& text) {
    const size_t dot = text.find('.');
    if (text.size() > longest_name || dot == std::string::npos) return false;
    const auto part = [](const std::string& word) {
        return !word.empty() && is_small(word[0]) && std::all_of(word.begin(), word.end(), [](char c) {
            return is_small(c) || is_digit_of_id(c) || c == '_';
        });
    };
    return part(text.substr(0, dot)) && part(text.substr(dot + 1));
}

bool is_saved_name(const std::string& text) {
    const auto letter = [](char c) { return is_small(c) || (c >= 'A' && c <= 'Z'); };
    return !text.empty() && text.size() <= longest_name && letter(text[0]) && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [&](char c) {
               return letter(c) || is_digit_of_id(c) || c == ' ' || c == '_' || c == '-';
           });
}

/// One line for people.
void check_line(const std::string& text, const std::string& what, bool may_be_empty = false) {
    if (text.empty() && !may_be_empty) throw Error("{} is empty", what);
    if (!is_text(text, longest_text) || std::any_of(text.begin(), text.end(), is_control))
        throw Error("{} is no line of UTF-8", what);
}

using Names = std::set<std::string>;

void check_name(const std::string& name, const std::string& owner, Names& taken) {
    if (!is_saved_name(name))
        throw Error(
            "{}: a name cannot be saved; it begins with a letter and has letters, digits, spaces, _ and -",
            owner);
    if (!taken.insert(name).second) throw Error("{}: there are two of the name '{}'", owner, name);
}

void check_ports(const std::vector<PluginPort>& list, const std::string& owner, Names& taken) {
    if (list.size() > most_entries) throw Error("{}: there are too many ports", owner);
    for (const PluginPort& port : list) {
        check_name(port.name, owner, taken);
        check_line(port.description, fmt::format("{}: the description of '{}'", owner, port.name));
        if (port.type > GAN_NODE_IMAGE)
            throw Error("{}: '{}' is of a type ({}) that this Ganymede does not know; update it", owner,
                        port.name, port.type);
    }
}

void check_number(const PluginParam& param, const std::string& what) {
    check_line(param.unit, what + ": the unit", true);
    if (!std::isfinite(param.value) || !std::isfinite(param.min) || !std::isfinite(param.max))
        throw Error("{}: its default and range must be finite", what);
    if (!(param.min <= param.value && param.value <= param.max))
        throw Error("{}: its default {} is outside of its range, {} to {}", what, param.value, param.min,
                    param.max);
    if ((param.flags & GAN_NODE_PARAM_LOG) != 0 && param.min <= 0)
        throw Error("{}: a knob that goes in ratios needs a range above 0", what);
}

void check_param(const PluginParam& param, const std::string& owner) {
    const std::string what = fmt::format("{}: parameter '{}'", owner, param.name);
    check_line(param.description, what + ": the description");
    if (param.kind > GAN_NODE_PARAM_TEXT)
        throw Error("{} is of a kind ({}) that this Ganymede does not know; update it", what, param.kind);
    if (param.kind == GAN_NODE_PARAM_NUMBER) check_number(param, what);
    if (param.kind == GAN_NODE_PARAM_TOGGLE && param.value != 0 && param.value != 1)
        throw Error("{}: its default must be 0 or 1", what);
    if (!is_text(param.text, longest_text)) throw Error("{}: its text is not UTF-8", what);
    if (param.kind != GAN_NODE_PARAM_CHOICE) return;
    Names words;
    for (const std::string& choice : param.choices) {
        check_line(choice, what + ": a choice");
        if (!words.insert(choice).second) throw Error("{}: there are two choices '{}'", what, choice);
    }
    if (words.size() > most_words || !(param.value >= 0) ||
        !(param.value < static_cast<double>(words.size())) || param.value != std::floor(param.value))
        throw Error("{}: its default must be the index of one of its choices", what);
}

void check_type(const PluginType& type) {
    if (!is_id(type.id))
        throw Error("has a type with an id that is none; write vendor.name in small letters");
    check_line(type.name, type.id + ": the name");
    check_line(type.description, type.id + ": the description");
    if (type.aliases.size() > most_words) throw Error("{} has too many aliases", type.id);
    for (const std::string& alias : type.aliases) check_line(alias, type.id + ": an alias");
    if (type.version < 1 || type.version > 1'000'000)
        throw Error("{}: {} is no version of a type; count from 1", type.id, type.version);
    if (type.outputs.empty()) throw Error("{} has no output", type.id);
    Names inputs, outputs;
    check_ports(type.inputs, type.id, inputs);
    check_ports(type.outputs, type.id, outputs);
    if (type.params.size() > most_entries) throw Error("{}: there are too many parameters", type.id);
    for (const PluginParam& param : type.params) {
        check_name(param.name, type.id, inputs);
        check_param(param, type.id);
    }
}

/// Of JSON: numbers are counts and kinds, but for those that may be any; what does not fit would become
/// another.
void check_counts(const json& value) {
    for (const auto& [key, member] : value.items()) {
        if (member.is_structured()) check_counts(member);
        const bool any = value.is_object() && (key == "value" || key == "min" || key == "max");
        if (member.is_number() && !any &&
            (!member.is_number_unsigned() || member.get<uint64_t>() > UINT32_MAX))
            throw Error("describes itself in a way that cannot be read ('{}' is {})", key, member.dump());
    }
}

void check_library(const PluginLibrary& library) {
    check_line(library.vendor, "its vendor");
    check_line(library.version, "its version");
    if (library.types.empty()) throw Error("has no types");
    if (library.types.size() > most_types) throw Error("has more than {} types", most_types);
    Names ids;
    for (const PluginType& type : library.types) {
        check_type(type);
        if (!ids.insert(type.id).second) throw Error("has two types '{}'", type.id);
    }
}

}  // namespace

bool is_text(const std::string& text, size_t most) {
    if (text.size() > most || text.find('\0') != std::string::npos) return false;
    try {
        static_cast<void>(json(text).dump());  // throws when it is not UTF-8
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

std::string printable(const std::string& text) {
    std::string line =
        json::parse(json(text.substr(0, 1000)).dump(-1, ' ', false, json::error_handler_t::replace))
            .get<std::string>();
    for (char& c : line)
        if (is_control(c)) c = ' ';
    return line;
}

PluginLibrary describe(const gan_node_entry& entry) {
    check_header(entry.abi, entry.size, sizeof(gan_node_entry), "its entry");
    if (entry.count > most_types) throw Error("has more than {} types", most_types);
    if (entry.count > 0 && entry.types == nullptr) throw Error("has no list of types");
    PluginLibrary library{.vendor = copied(entry.vendor, "its vendor"),
                          .version = copied(entry.version, "its version")};
    for (uint32_t i = 0; i < entry.count; ++i) library.types.push_back(described_type(entry.types[i], i));
    check_library(library);
    return library;
}

json to_json(const PluginLibrary& library) {
    return {{"vendor", library.vendor}, {"version", library.version}, {"types", library.types}};
}

PluginLibrary library_from_json(const json& value) {
    check_counts(value);
    PluginLibrary library;
    try {
        value.at("vendor").get_to(library.vendor);
        value.at("version").get_to(library.version);
        value.at("types").get_to(library.types);
    } catch (const json::exception& failure) {
        throw Error("describes itself in a way that cannot be read ({})", failure.what());
    }
    check_library(library);
    return library;
}

}  // namespace gan
