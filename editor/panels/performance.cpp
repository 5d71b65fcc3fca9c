#include "editor/panels/panels.h"

#include "editor/canvas/canvas.h"
#include "editor/keyboard.h"
#include "editor/panels/parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gan {
namespace {

constexpr double settle = 0.08;      // of a new time that its average takes over
constexpr double sort_interval = 1;  // seconds: rows do not jump about
constexpr double count_interval = 0.5;

/// A node's row; its time is an average, since single ticks differ.
struct NodeCost {
    NodeId id = 0;
    double microseconds = 0;
    Reason reason = Reason::NotAsked;
};

/// The time that a share of all is not above; 0 of none.
float part_of_times(std::vector<float> times, double share) {
    if (times.empty()) return 0;
    std::sort(times.begin(), times.end());
    return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))];
}

class PerformancePanel final : public Panel {
public:
    PerformancePanel(Canvas& canvas, std::function<std::optional<Device::Counters>()> counters,
                     std::function<std::vector<float>()> delays)
        : canvas_(canvas), counters_(std::move(counters)), delays_(std::move(delays)) {}

    void draw(Ui& ui) override {
        update(ui);
        const float space = ImGui::GetContentRegionAvail().x;
        // Beside one another where there is room: the bottom row is wide and low.
        const bool beside = space > ui.px(560);
        ImGui::BeginChild("frames",
                          {beside ? std::max(space * 0.42f, ui.px(260)) : 0, beside ? 0 : ui.px(150)}, false,
                          ImGuiWindowFlags_NavFlattened);
        draw_frames(ui);
        ImGui::EndChild();
        if (beside) ImGui::SameLine(0, ui.px(8));
        ImGui::BeginChild("nodes", {0, 0}, false, ImGuiWindowFlags_NavFlattened);
        draw_nodes(ui);
        ImGui::EndChild();
    }

private:
    /// Times of the nodes, once for each tick that was published.
    void update(Ui& ui) {
        const ShownRef& shown = ui.session.shown();
        if (shown->number == number_ && seen_ == &ui.session) return;
        number_ = shown->number;
        seen_ = &ui.session;
        const bool same =
            costs_.size() == shown->nodes.size() &&
            std::equal(costs_.begin(), costs_.end(), shown->nodes.begin(),
                       [](const NodeCost& cost, const NodeShown& node) { return cost.id == node.id; });
        if (!same) {
            std::vector<NodeCost> costs;
            costs.reserve(shown->nodes.size());
            auto old = costs_.begin();
            for (const NodeShown& node : shown->nodes) {
                while (old != costs_.end() && old->id < node.id) ++old;
                const bool known = old != costs_.end() && old->id == node.id;
                costs.push_back({node.id, known ? old->microseconds : node.microseconds, node.reason});
            }
            costs_ = std::move(costs);
            order_.clear();
        }
        for (size_t i = 0; i < costs_.size(); ++i) {
            costs_[i].microseconds += settle * (shown->nodes[i].microseconds - costs_[i].microseconds);
            costs_[i].reason = shown->nodes[i].reason;
        }
    }

    void draw_frames(Ui& ui) {
        const Shown& shown = *ui.session.shown();
        const double budget = 1000 / shown.settings.tick_rate.value();
        const auto at = [&](double share) { return part_of_times(shown.times, share); };
        {
            const WithFont font(mono_font(ui));
            ImGui::TextUnformatted(fmt::format("{:6.2f} ms", shown.milliseconds).c_str());
            ImGui::SameLine();
            dim_text(ui, fmt::format("of {:.2f}", budget));
        }
        tooltip(ui, "What the last tick took, of the time there is for one");
        draw_graph(ui, shown.times, budget);
        const auto line = [&](const char* name, const std::string& value, const char* about, ImU32 colour) {
            row_label(ui, name, about);
            const WithFont font(mono_font(ui));
            elided_text(ui, value, ImGui::GetContentRegionAvail().x, colour);
        };
        line("middle", fmt::format("{:.2f} ms", at(0.5)), "Half of the last ticks took less", ui.theme.text);
        line("99 of 100", fmt::format("{:.2f} ms", at(0.99)),
             "One of a hundred of the last ticks took longer",
             at(0.99) > budget ? ui.theme.warning : ui.theme.text);
        line("late", fmt::format("{} of {}", shown.late, shown.ticks), "Ticks that came after their time",
             shown.late > 0 ? ui.theme.warning : ui.theme.text);
        line("dropped", fmt::format("{}", shown.dropped), "Ticks that were left out, to be in time again",
             shown.dropped > 0 ? ui.theme.warning : ui.theme.text);
        draw_delays(line, ui);
        if (!shown.late_cause.empty()) {
            row_label(ui, "last cause", "What took longest in the last tick that was late");
            elided_text(ui, shown.late_cause, ImGui::GetContentRegionAvail().x, ui.theme.warning);
        }
        draw_counters(ui, line);
    }

    template <class Line>
    void draw_delays(const Line& line, const Ui& ui) {
        const std::vector<float> delays = delays_ ? delays_() : std::vector<float>();
        if (delays.empty()) return;
        line("edit to picture",
             fmt::format("{:.0f} ms, most under {:.0f}", part_of_times(delays, 0.5),
                         part_of_times(delays, 0.95)),
             "From a change of a value to the moment when the first frame with a picture of a tick that took "
             "it was drawn and handed to the screen: the middle, and 95 of 100, of the last 60. Of changes "
             "between two pictures the first counts. A generator that does not wait for its network may show "
             "it later.",
             ui.theme.text);
    }

    void draw_graph(Ui& ui, const std::vector<float>& times, double budget) {
        const ImVec2 low = ImGui::GetCursorScreenPos();
        const ImVec2 size(std::max(ImGui::GetContentRegionAvail().x, ui.px(40)), ui.px(56));
        const ImVec2 high(low.x + size.x, low.y + size.y);
        ImGui::Dummy(size);
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.AddRectFilled(low, high, ui.theme.canvas, ui.px(3));
        // Twice the budget, or what the slowest took up to eight times it: beyond, bars are cut.
        const double slowest =
            times.empty() ? 0.0 : static_cast<double>(*std::max_element(times.begin(), times.end()));
        const double most = std::clamp(slowest * 1.05, budget * 1.5, budget * 8);
        constexpr size_t places = 240;  // as many as are kept
        const float each = size.x / static_cast<float>(places);
        const size_t first = places - std::min(times.size(), places);
        for (size_t i = 0; i < std::min(times.size(), places); ++i) {
            const float time = times[times.size() - std::min(times.size(), places) + i];
            const float tall = static_cast<float>(std::min(time / most, 1.0)) * size.y;
            const float x = low.x + each * static_cast<float>(first + i);
            list.AddRectFilled({x, high.y - std::max(tall, 1.0f)}, {x + std::max(each - 0.5f, 0.75f), high.y},
                               time > budget ? ui.theme.warning : faded(ui.theme.accent, 0.75f));
        }
        const float y = std::floor(high.y - static_cast<float>(budget / most) * size.y);
        list.AddLine({low.x, y}, {high.x, y}, ui.theme.dim);
        list.AddText(ui.fonts.mono_at(ui.px(10)), ui.px(10), {low.x + ui.px(3), y - ui.px(12)}, ui.theme.dim,
                     fmt::format("{:.1f} ms", budget).c_str());
        if (!ImGui::IsItemHovered()) return;
        const auto place = static_cast<size_t>(std::max((ImGui::GetIO().MousePos.x - low.x) / each, 0.0f));
        if (place >= first && place - first < times.size())
            tooltip(ui, fmt::format("{:.2f} ms, {} ticks ago", times[place - first],
                                    times.size() - 1 - (place - first)));
    }

    template <class Line>
    void draw_counters(Ui& ui, const Line& line) {
        if (!counters_) return;
        if (ui.seconds - counted_ > count_interval) {
            const auto now = counters_();
            if (now && last_counters_ && now->passes >= last_counters_->passes && counted_ >= 0) {
                passes_a_second_ =
                    static_cast<double>(now->passes - last_counters_->passes) / (ui.seconds - counted_);
                host_megabytes_a_second_ = 1e-6 *
                                           static_cast<double>(now->host_bytes - last_counters_->host_bytes) /
                                           (ui.seconds - counted_);
            }
            last_counters_ = now;
            counted_ = ui.seconds;
        }
        if (!last_counters_) {
            line("GPU", "none", "No GPU is open", ui.theme.dim);
            return;
        }
        line("passes", fmt::format("{:.0f} a second", passes_a_second_), "Shaders that the GPU ran",
             ui.theme.text);
        line(
            "host copies", fmt::format("{:.2f} MB/s", host_megabytes_a_second_),
            "Pictures that were copied between the processor's memory and the GPU's: those of a network on the "
            "processor, of files, and of what is saved",
            ui.theme.text);
        line("textures", fmt::format("{}", last_counters_->textures),
             "Pictures in the GPU's memory, in use or kept for use", ui.theme.text);
        line("allocations", fmt::format("{}", last_counters_->allocations),
             "Of the GPU's memory since it was opened; while a patch plays, this should stand still",
             ui.theme.text);
    }

    void sort(ImGuiTableSortSpecs* specs, const Ui& ui) {
        const bool asked = specs != nullptr && specs->SpecsDirty;
        if (!order_.empty() && order_.size() == costs_.size() && !asked &&
            ui.seconds - sorted_ < sort_interval)
            return;
        sorted_ = ui.seconds;
        if (specs != nullptr) specs->SpecsDirty = false;
        order_.resize(costs_.size());
        for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
        const int column = specs != nullptr && specs->SpecsCount > 0 ? specs->Specs[0].ColumnIndex : 1;
        const bool down = specs == nullptr || specs->SpecsCount == 0
                              ? true
                              : specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
        std::vector<std::string> labels;
        if (column == 0)
            for (const NodeCost& cost : costs_)
                labels.push_back(ui.session.graph().label(cost.id, ui.session.types()));
        std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) {
            if (down) std::swap(a, b);
            if (column == 0) return labels[a] < labels[b];
            if (column == 3) return costs_[a].reason < costs_[b].reason;
            return costs_[a].microseconds < costs_[b].microseconds;
        });
    }

    void draw_nodes(Ui& ui) {
        const ImGuiTableFlags flags = ImGuiTableFlags_Sortable | ImGuiTableFlags_RowBg |
                                      ImGuiTableFlags_ScrollY | ImGuiTableFlags_BordersInnerH |
                                      ImGuiTableFlags_SizingStretchProp;
        if (!ImGui::BeginTable("nodes", 4, flags, ImGui::GetContentRegionAvail())) return;
        walk_through();
        ImGui::TableSetupScrollFreeze(0, 1);
        ImGui::TableSetupColumn("Node", ImGuiTableColumnFlags_None, 3);
        ImGui::TableSetupColumn(
            "ms", ImGuiTableColumnFlags_DefaultSort | ImGuiTableColumnFlags_PreferSortDescending, 1.2f);
        ImGui::TableSetupColumn("Share", ImGuiTableColumnFlags_NoSort, 1.6f);
        ImGui::TableSetupColumn("Why", ImGuiTableColumnFlags_None, 1.8f);
        ImGui::TableHeadersRow();
        sort(ImGui::TableGetSortSpecs(), ui);
        double total = 0;
        for (const NodeCost& cost : costs_) total += cost.microseconds;
        const double budget = 1e6 / ui.session.shown()->settings.tick_rate.value();
        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(order_.size()));
        while (clipper.Step())
            for (int row = clipper.DisplayStart; row < clipper.DisplayEnd; ++row)
                draw_row(ui, costs_[order_[static_cast<size_t>(row)]], total, budget);
        ImGui::EndTable();
    }

    void draw_row(Ui& ui, const NodeCost& cost, double total, double budget) {
        ImGui::PushID(static_cast<int>(cost.id));
        ImGui::TableNextRow();
        ImGui::TableNextColumn();
        const std::string label = ui.session.graph().label(cost.id, ui.session.types());
        const ImVec2 at = ImGui::GetCursorScreenPos();
        const float width = ImGui::GetContentRegionAvail().x;
        if (ImGui::Selectable("##row", ui.selection.active == cost.id, ImGuiSelectableFlags_SpanAllColumns))
            canvas_.go_to(ui, cost.id);
        tooltip(ui, fmt::format("{}: a click goes there", label));
        ImGui::GetWindowDrawList()->AddText(at, ui.theme.text, elided(label, width).c_str());
        ImGui::TableNextColumn();
        const bool over = cost.microseconds > budget;
        {
            const WithFont font(mono_font(ui));
            const std::string time =
                cost.microseconds < 0.5 ? "-" : fmt::format("{:.3f}", cost.microseconds / 1000);
            const float left = ImGui::GetContentRegionAvail().x - ImGui::CalcTextSize(time.c_str()).x;
            ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::max(left, 0.0f));
            ImGui::PushStyleColor(ImGuiCol_Text, over                       ? ui.theme.warning
                                                 : cost.microseconds < 1000 ? ui.theme.dim
                                                                            : ui.theme.text);
            ImGui::TextUnformatted(time.c_str());
            ImGui::PopStyleColor();
        }
        ImGui::TableNextColumn();
        const ImVec2 bar = ImGui::GetCursorScreenPos();
        const float space = ImGui::GetContentRegionAvail().x;
        const auto share = static_cast<float>(total > 0 ? cost.microseconds / total : 0);
        const float middle = bar.y + ImGui::GetTextLineHeight() / 2;
        ImGui::GetWindowDrawList()->AddRectFilled({bar.x, middle - ui.px(3)},
                                                  {bar.x + space * share, middle + ui.px(3)},
                                                  over ? ui.theme.warning : faded(ui.theme.accent, 0.7f));
        ImGui::TableNextColumn();
        dim_text(ui, std::string(name_of(cost.reason)));
        ImGui::PopID();
    }

    Canvas& canvas_;
    const std::function<std::optional<Device::Counters>()> counters_;
    const std::function<std::vector<float>()> delays_;
    const Session* seen_ = nullptr;
    int64_t number_ = -1;
    std::vector<NodeCost> costs_;  // by id
    std::vector<size_t> order_;    // of the rows
    double sorted_ = 0;            // seconds
    double counted_ = -1;
    std::optional<Device::Counters> last_counters_;
    double passes_a_second_ = 0;
    double host_megabytes_a_second_ = 0;
};

}  // namespace

std::unique_ptr<Panel> make_performance(Canvas& canvas,
                                        std::function<std::optional<Device::Counters>()> counters,
                                        std::function<std::vector<float>()> delays) {
    return std::make_unique<PerformancePanel>(canvas, std::move(counters), std::move(delays));
}

}  // namespace gan
