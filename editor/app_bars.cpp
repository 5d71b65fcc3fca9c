#include "editor/app.h"
#include "editor/keyboard.h"

#include "runtime/base/assets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace gan {
namespace {

namespace fs = std::filesystem;

/// Patches that come with Ganymede, by name.
std::vector<std::string> examples() {
    std::vector<std::string> paths;
    try {
        for (const auto& entry : fs::directory_iterator(asset("patches/first.ganymede").parent_path()))
            if (entry.path().extension() == ".ganymede") paths.push_back(entry.path().string());
    } catch (const std::exception&) {
        // They are not installed.
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

void menu_item(Ui& ui, const char* id) {
    const Command& command = ui.commands.at(id);
    const bool checked = command.checked && command.checked();
    if (ImGui::MenuItem(command.name.c_str(), text_of(ui.commands.key_of(id)).c_str(), checked,
                        command.enabled()))
        command.run();
    if (ImGui::IsItemHovered() && !command.about.empty()) ImGui::SetTooltip("%s", command.about.c_str());
}

/// A button of the transport bar that runs a command; lit while its switch is on.
void command_button(Ui& ui, const char* id, const char* sign, ImU32 lit = 0) {
    const Command& command = ui.commands.at(id);
    const bool on = command.checked && command.checked();
    if (on) {
        ImGui::PushStyleColor(ImGuiCol_Button, lit != 0 ? lit : ui.theme.accent);
        ImGui::PushStyleColor(ImGuiCol_ButtonHovered, lit != 0 ? lit : ui.theme.accent);
        ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.on_accent);
    }
    ImGui::BeginDisabled(!command.enabled());
    ImGui::PushID(id);
    if (ImGui::Button(sign)) command.run();
    ImGui::PopID();
    ImGui::EndDisabled();
    if (on) ImGui::PopStyleColor(3);
    if (ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) {
        const std::string key = text_of(ui.commands.key_of(id));
        ImGui::SetTooltip("%s%s%s\n%s", command.name.c_str(), key.empty() ? "" : "   ", key.c_str(),
                          command.about.c_str());
    }
    ImGui::SameLine(0, ui.px(3));
}

/// Ticks of a round: the patch's length, or a minute where it has none.
int64_t span_of(const Settings& settings) {
    return settings.length > 1 ? settings.length
                               : std::max<int64_t>(2, std::llround(60 * settings.tick_rate.value()));
}

void dim_text(const Ui& ui, const std::string& text) {
    ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.dim);
    ImGui::TextUnformatted(text.c_str());
    ImGui::PopStyleColor();
}

}  // namespace

void App::draw_menu(Ui& ui) {
    if (!ImGui::BeginMenuBar()) return;
    begin_place(Place::Menus);
    if (ImGui::BeginMenu("File")) {
        menu_item(ui, "file.new");
        menu_item(ui, "file.open");
        if (ImGui::BeginMenu("Recent", !preferences_.recent.empty())) {
            for (const std::string& path : std::vector(preferences_.recent))
                if (ImGui::MenuItem(fs::path(path).stem().string().c_str(),
                                    fs::path(path).parent_path().string().c_str()))
                    open(path);
            ImGui::EndMenu();
        }
        if (ImGui::BeginMenu("Examples")) {
            for (const std::string& path : examples())
                if (ImGui::MenuItem(fs::path(path).stem().string().c_str())) open(path);
            ImGui::EndMenu();
        }
        if (!left_behind_.empty() && ImGui::BeginMenu("Left behind")) {
            for (const std::string& path : std::vector(left_behind_))
                if (ImGui::MenuItem(fs::path(path).filename().string().c_str())) open(path);
            ImGui::EndMenu();
        }
        ImGui::Separator();
        menu_item(ui, "file.save");
        menu_item(ui, "file.save_as");
        menu_item(ui, "file.collect");
        ImGui::Separator();
        menu_item(ui, "play.screenshot");
        menu_item(ui, "play.record");
        if (ImGui::BeginMenu("Record as")) {
            draw_record_forms();
            ImGui::EndMenu();
        }
        menu_item(ui, "play.take");
        ImGui::Separator();
        menu_item(ui, "file.quit");
        ImGui::EndMenu();
    }
    if (ImGui::BeginMenu("Edit")) {
        for (const char* id : {"edit.undo",
                               "edit.redo",
                               "",
                               "edit.cut",
                               "edit.copy",
                               "edit.paste",
                               "edit.duplicate",
                               "edit.delete",
                               "edit.dissolve",
                               "edit.select_all",
                               "",
                               "edit.add",
                               "edit.find",
                               "edit.connect",
                               "edit.menu",
                               "edit.rename",
                               "edit.bypass",
                               "edit.mute",
                               "",
                               "edit.group",
                               "edit.ungroup",
                               "edit.frame",
                               "edit.note",
                               "edit.arrange"})
            *id == 0 ? ImGui::Separator() : menu_item(ui, id);
        ImGui::EndMenu();
    }
    if (ImGui::BeginMenu("View")) {
        for (const char* id : {"view.fit",   "view.fit_selection", "view.viewed",
                               "view.enter", "view.leave",         "",
                               "view.left",  "view.right",         "view.bottom",
                               "",           "view.next_panel",    "view.previous_panel",
                               "view.menus", "view.grow",          "view.shrink",
                               "",           "view.minimap",       "view.thumbnails",
                               "view.light", "view.larger",        "view.smaller"})
            *id == 0 ? ImGui::Separator() : menu_item(ui, id);
        ImGui::EndMenu();
    }
    if (ImGui::BeginMenu("Output")) {
        menu_item(ui, "output.open");
        menu_item(ui, "output.fullscreen");
        if (host_.windows != nullptr && ImGui::BeginMenu("Screen")) {
            const auto screens = host_.windows->screens();
            for (size_t i = 0; i < screens.size(); ++i)
                if (ImGui::MenuItem(fmt::format("{}: {} {}x{}", i + 1, screens[i].name, screens[i].width,
                                                screens[i].height)
                                        .c_str(),
                                    nullptr, output_screen() == static_cast<int>(i))) {
                    output_screen_ = static_cast<int>(i);
                    if (output_ != nullptr && output_->is_open()) place_output(output_->fullscreen());
                }
            ImGui::EndMenu();
        }
        if (ImGui::BeginMenu("Scaling")) {
            constexpr const char* names[] = {"Fit", "Fill", "Whole multiples", "Fit, bicubic", "Stretch"};
            for (int i = 0; i < 5; ++i)
                if (ImGui::MenuItem(names[i], nullptr, preferences_.output_scaling == i)) {
                    preferences_.output_scaling = i;
                    if (output_ != nullptr) output_->set_scaling(static_cast<OutputScaling>(i));
                }
            ImGui::EndMenu();
        }
        menu_item(ui, "output.mailbox");
        ImGui::Separator();
        for (const char* id :
             {"output.picture", "output.black", "output.freeze", "output.test", "output.identify"})
            menu_item(ui, id);
        ImGui::EndMenu();
    }
    if (ImGui::BeginMenu("Help")) {
        menu_item(ui, "help.keys");
        menu_item(ui, "help.hints");
        ImGui::EndMenu();
    }
    const std::string name = session_->title() + (session_->workspace().modified() ? " •" : "");
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + ui.px(12));
    ImGui::TextUnformatted(name.c_str());
    if (ImGui::IsItemHovered())
        ImGui::SetTooltip(
            "%s%s",
            session_->workspace().path().empty() ? "not saved yet" : session_->workspace().path().c_str(),
            session_->workspace().modified() ? "\nchanges are journalled, and not saved" : "");

    // What the player does, at the right.
    const Shown& shown = *session_->shown();
    const double rate = shown.settings.tick_rate.value();
    const double budget = 1000 / rate;
    const bool over = shown.milliseconds > budget;
    const std::string pace = fmt::format("{:.0f} ticks/s", rate);
    const std::string cost = fmt::format("{:5.1f} ms", shown.milliseconds);
    const std::string late = fmt::format("{} late", shown.late + shown.dropped);
    const float gap = ui.px(14);
    const float width = ImGui::CalcTextSize((pace + cost + late).c_str()).x + 3 * gap;
    ImGui::SetCursorPosX(ImGui::GetWindowWidth() - width);
    dim_text(ui, pace);
    ImGui::SameLine(0, gap);
    ImGui::PushStyleColor(ImGuiCol_Text, over ? ui.theme.warning : ui.theme.text);
    ImGui::TextUnformatted(cost.c_str());
    ImGui::PopStyleColor();
    ImGui::SameLine(0, gap);
    dim_text(ui, late);
    if (ImGui::IsItemHovered() && !shown.late_cause.empty())
        ImGui::SetTooltip("%lld ticks came late and %lld were left out; the last because of %s",
                          static_cast<long long>(shown.late), static_cast<long long>(shown.dropped),
                          shown.late_cause.c_str());
    ImGui::EndMenuBar();
}

/// Drag to another moment; a loop, or the patch's length, is the bar's whole width.
void App::draw_time(Ui& ui) {
    const Shown& shown = *session_->shown();
    const double rate = shown.settings.tick_rate.value();
    const int64_t first = shown.settings.loop ? shown.settings.loop->first : 0;
    const int64_t last = shown.settings.loop ? shown.settings.loop->last : span_of(shown.settings);
    const ImVec2 size{ui.px(220), ImGui::GetFrameHeight()};
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const bool held = time_hold_.button(ui, "time", size);
    const auto part_of = [&](int64_t tick) {
        const int64_t length = std::max<int64_t>(last - first, 1);
        const int64_t inside = ((tick - first) % length + length) % length;
        return static_cast<float>(inside) / static_cast<float>(length);
    };
    if (held) {
        // Seconds, or with Shift single ticks.
        const double steps = arrow_steps(ui).across;
        const bool ticks = std::abs(steps) > 0 && std::abs(steps) < 1;
        const int64_t by = std::llround(ticks ? steps * 10 : steps * rate);
        if (by != 0) session_->seek(std::max<int64_t>(shown.tick + by, 0));
    } else if (ImGui::IsItemActive() && ImGui::IsMouseDown(0)) {
        const float part = std::clamp((ImGui::GetIO().MousePos.x - at.x) / size.x, 0.0f, 1.0f);
        const int64_t wanted = first + std::llround(part * static_cast<double>(last - 1 - first));
        if (wanted != shown.tick) session_->seek(wanted);
        ui.moving = true;
    }
    if (ImGui::IsItemHovered())
        ImGui::SetTooltip(
            "Drag to another moment; by keys: Space takes hold of it, arrows go by seconds,\n"
            "with Shift by ticks, with Ctrl by ten seconds, Space lets go");
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(at, {at.x + size.x, at.y + size.y}, held ? ui.theme.pressed : ui.theme.raised,
                       ui.px(3));
    list.AddRectFilled(at, {at.x + size.x * part_of(shown.tick), at.y + size.y},
                       mixed(ui.theme.raised, ui.theme.accent, 0.35f), ui.px(3));
    const double seconds = static_cast<double>(shown.tick) / rate;
    const double beats = seconds * shown.settings.tempo / 60;
    const std::string time = fmt::format(
        "{:02}:{:05.2f}   {}.{}   tick {}", static_cast<int64_t>(seconds / 60), std::fmod(seconds, 60.0),
        static_cast<int64_t>(beats / 4) + 1, static_cast<int64_t>(std::fmod(beats, 4.0)) + 1, shown.tick);
    ImFont* mono = ui.fonts.mono_at(ui.px(13));
    const ImVec2 text = mono->CalcTextSizeA(ui.px(13), 1e6f, 0, time.c_str());
    list.AddText(mono, ui.px(13), {at.x + (size.x - text.x) / 2, at.y + (size.y - text.y) / 2}, ui.theme.text,
                 time.c_str());
}

/// What "Record video" writes from now on.
void App::draw_record_forms() {
    for (size_t i = 0; i < record_forms.size(); ++i) {
        const bool chosen = preferences_.record_form == static_cast<int>(i);
        if (ImGui::MenuItem(record_forms[i].name, record_forms[i].ending, chosen))
            preferences_.record_form = static_cast<int>(i);
        if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", record_forms[i].about);
    }
}

void App::draw_transport(Ui& ui, const Rect& area) {
    const Shown& shown = *session_->shown();
    const double rate = shown.settings.tick_rate.value();
    ImGui::SetCursorScreenPos(area.min);
    ImGui::BeginChild("bar", {area.width(), area.height()}, false,
                      ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    begin_place(Place::Bar);
    ImGui::SetCursorPos({ui.px(8), ui.px(4)});
    command_button(ui, "play.rewind", "|◀");
    command_button(ui, "play.back", "◀");
    command_button(ui, "play.toggle", shown.playing ? "Pause" : " Play ");
    command_button(ui, "play.forward", "▶");
    command_button(ui, "play.loop", "Loop");
    ImGui::SameLine(0, ui.px(12));
    draw_time(ui);
    ImGui::SameLine(0, ui.px(12));
    ImGui::AlignTextToFramePadding();
    dim_text(ui, "tempo");
    ImGui::SameLine();
    tempo_edit_.update(ui);
    tempo_edit_.draw(ui, "tempo", shown.settings.tempo,
                     {.min = 1, .max = 1000, .value = 120, .unit = "bpm", .curve = Curve::Log},
                     [](Ui& now, std::optional<double> value, uint64_t gesture) {
                         now.session.edit({SetSetting{"tempo", value ? std::optional(nlohmann::json(*value))
                                                                     : std::nullopt}},
                                          "Set the tempo", gesture);
                     },
                     {ui.px(96), 0});
    ImGui::SameLine(0, ui.px(3));
    command_button(ui, "play.tap", "Tap");
    ImGui::SameLine(0, ui.px(12));
    command_button(ui, "play.record", recorder_ != nullptr ? "Stop" : "Record", ui.theme.error);
    if (asks_for_menu(ui)) ImGui::OpenPopup("forms");
    if (ImGui::BeginPopupContextItem("forms")) {
        draw_record_forms();
        ImGui::EndPopup();
    }
    if (recorder_ != nullptr) {
        const auto status = recorder_->status();
        dim_text(ui, fmt::format("{:.1f} s{}", static_cast<double>(status.frames) / rate,
                                 status.lost > 0 ? fmt::format(", {} lost", status.lost) : ""));
        ImGui::SameLine(0, ui.px(8));
        ui.moving = true;
    }
    command_button(ui, "play.screenshot", "Picture");
    ImGui::SameLine(0, ui.px(12));
    command_button(ui, "output.open", "Output");
    if (output_ != nullptr && output_->is_open()) {
        command_button(ui, "output.fullscreen", "Full");
        command_button(ui, "output.black", "Black");
        command_button(ui, "output.freeze", "Freeze");
        command_button(ui, "output.picture", "Live");
        const auto pace = output_->pace();
        if (!pace.problem.empty()) {
            ImGui::PushStyleColor(ImGuiCol_Text, ui.theme.error);
            ImGui::TextUnformatted(pace.problem.c_str());
            ImGui::PopStyleColor();
        } else if (pace.milliseconds > 0) {
            dim_text(ui, fmt::format("{:.1f} ms, worst {:.1f}", pace.milliseconds, pace.worst));
            if (ImGui::IsItemHovered())
                ImGui::SetTooltip("From one picture to the next, of the last 60\n%s",
                                  pace.mailbox                  ? "The newest is shown (mailbox)"
                                  : preferences_.output_mailbox ? "Each is shown (FIFO): the driver has no "
                                                                  "mailbox for this screen"
                                                                : "Each is shown (FIFO)");
        }
    }
    end_place(ui, Place::Bar, area);
    ImGui::EndChild();
}

}  // namespace gan
