#include "editor/preferences.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/json.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <span>

namespace gan {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t recent_limit = 12;

/// Reads or writes a preference, with what makes sense of it. One list of them serves both.
template <class Visitor>
void visit_preferences(Visitor& visit, auto& preferences) {
    visit.flag("dark", preferences.dark);
    visit.within("font_scale", preferences.font_scale, 0.5f, 3.0f);
    visit.sane("left", preferences.left, 0.0f, 4000.0f);
    visit.sane("right", preferences.right, 0.0f, 4000.0f);
    visit.sane("preview", preferences.preview, 0.0f, 4000.0f);
    visit.sane("bottom", preferences.bottom, 0.0f, 4000.0f);
    visit.sane("bottom_tab", preferences.bottom_tab, 0, 15);
    visit.flag("minimap", preferences.minimap);
    visit.flag("thumbnails", preferences.thumbnails);
    visit.flag("hints", preferences.hints);
    visit.sane("hints_done", preferences.hints_done, 0, 1000);
    visit.list("recent", preferences.recent);
    visit.list("recent_nodes", preferences.recent_nodes);
    visit.sane("window_width", preferences.window_width, 320, 32768);
    visit.sane("window_height", preferences.window_height, 240, 32768);
    visit.flag("output_mailbox", preferences.output_mailbox);
    visit.sane("output_scaling", preferences.output_scaling, 0, 4);
    visit.sane("record_form", preferences.record_form, 0, 5);
}

struct PreferenceReader {
    const json& object;

    const json* member(const char* name) const {
        const auto found = object.find(name);
        return found == object.end() ? nullptr : &*found;
    }
    std::optional<double> number(const char* name) const {
        const json* value = member(name);
        if (value == nullptr || !value->is_number()) return std::nullopt;
        const auto number = value->get<double>();
        return std::isfinite(number) ? std::optional(number) : std::nullopt;
    }
    void flag(const char* name, bool& value) const {
        const json* given = member(name);
        if (given != nullptr && given->is_boolean()) value = given->get<bool>();
    }
    /// The nearest of what there may be.
    template <class Number>
    void within(const char* name, Number& value, Number least, Number most) const {
        if (const auto given = number(name))
            value = static_cast<Number>(std::clamp<double>(*given, least, most));
    }
    /// What nobody can have set is not taken.
    template <class Number>
    void sane(const char* name, Number& value, Number least, Number most) const {
        const auto given = number(name);
        if (given && *given >= least && *given <= most) value = static_cast<Number>(*given);
    }
    void list(const char* name, std::vector<std::string>& value) const {
        const json* given = member(name);
        if (given == nullptr || !given->is_array()) return;
        for (const json& one : *given) {
            if (value.size() == recent_limit) return;
            if (!one.is_string() || one.get_ref<const std::string&>().empty()) continue;
            if (std::find(value.begin(), value.end(), one) == value.end()) value.push_back(one);
        }
    }
};

struct PreferenceWriter {
    json object = json::object();

    void flag(const char* name, bool value) { object[name] = value; }
    template <class Number>
    void within(const char* name, Number value, Number, Number) {
        object[name] = value;
    }
    template <class Number>
    void sane(const char* name, Number value, Number, Number) {
        object[name] = value;
    }
    void list(const char* name, const std::vector<std::string>& value) {
        object[name] = std::vector(
            value.begin(), value.begin() + static_cast<ptrdiff_t>(std::min(value.size(), recent_limit)));
    }
};

fs::path preferences_file() {
    return preferences_folder() / "editor.json";
}

}  // namespace

fs::path preferences_folder() {
    const auto absolute = [](const char* variable) -> fs::path {
        const char* value = std::getenv(variable);
        return value != nullptr && fs::path(value).is_absolute() ? fs::path(value) : fs::path();
    };
    if (const fs::path config = absolute("XDG_CONFIG_HOME"); !config.empty()) return config / "ganymede";
    fs::path home = absolute("HOME");
    if (home.empty())
        if (const passwd* user = ::getpwuid(::getuid()); user != nullptr && user->pw_dir != nullptr)
            home = user->pw_dir;
    return home / ".config/ganymede";
}

Preferences load_preferences() {
    Preferences preferences;
    json object;
    try {
        object = parse_json(read_text(preferences_file(), 1 << 20), 16);
    } catch (const std::exception&) {
        return preferences;  // none were saved yet, or they are damaged
    }
    if (!object.is_object()) return preferences;
    PreferenceReader reader{object};
    visit_preferences(reader, preferences);
    return preferences;
}

void save_preferences(const Preferences& preferences) {
    PreferenceWriter writer;
    visit_preferences(writer, preferences);
    const fs::path path = preferences_file();
    std::error_code failure;
    fs::create_directories(path.parent_path(), failure);
    if (failure)
        throw Error("the folder {} for preferences cannot be made: {}", path.parent_path().string(),
                    failure.message());
    const std::string text = writer.object.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
    AtomicFile file(path, OnInterrupt::Finish);
    file.write(std::as_bytes(std::span(text)));
    file.commit();
}

}  // namespace gan
