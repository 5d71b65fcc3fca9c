#pragma once

#include "editor/canvas/geometry.h"
#include "editor/edit/search.h"
#include "editor/ui.h"

#include <optional>

namespace gan {

/// A field above a list of what fits its words, at a place on screen: arrows move, Enter takes, Escape
/// closes.
class SearchList {
public:
    enum class Purpose { Add, Find, Connect, Ports, Value, Word };
    struct Entry {
        SearchEntry text;
        ImU32 colour = 0;      // of the mark before it
        NodeId node = 0;       // that it stands for; 0: a type
        PortRef from{}, to{};  // that it would link
    };
    /// What a new node is for.
    struct Context {
        Spot place;
        std::optional<PortRef> port;  // that it is linked to; of Word, the parameter that takes it
        bool port_is_output = false;
    };

    void open(Purpose purpose, std::string hint, std::vector<Entry> entries, const ImVec2& screen,
              Context context);
    bool is_open() const { return open_; }
    void close() { open_ = false; }
    Purpose purpose() const { return purpose_; }
    const Context& context() const { return context_; }
    /// Each frame. Returns what was taken, once.
    std::optional<Entry> draw(Ui& ui);

private:
    void find(const Ui& ui);
    void read_keys(const Ui& ui, bool& taken, bool& closed);
    void draw_rows(Ui& ui, bool& taken);

    Purpose purpose_ = Purpose::Add;
    std::string hint_;
    std::vector<Entry> entries_;
    std::vector<SearchEntry> texts_;  // of these
    Context context_;
    ImVec2 screen_{};
    float height_ = 0;  // of its window in the last frame
    bool open_ = false;
    bool opening_ = false;
    std::string words_;
    std::vector<size_t> found_;
    size_t chosen_ = 0;
    bool scroll_ = false;
};

/// The first line of a text, and of that so many bytes at most: what a row of a list shows.
std::string first_line(const std::string& text, size_t most);

/// ImGui::InputText() on a string of any length.
bool input_text(const char* label, std::string& text, ImGuiInputTextFlags flags = 0);
bool input_text_lines(const char* label, std::string& text, const ImVec2& size);

}  // namespace gan
