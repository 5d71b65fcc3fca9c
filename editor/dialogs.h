#pragma once

#include "editor/ui.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace gan {

/// The few questions that need an answer before anything else: which file, and what becomes of unsaved work.
/// One at a time, in the middle of the window; Escape takes it back, and arrow keys choose.
class Dialogs {
public:
    /// A file to open, with one of these endings (".ganymede"; none: any).
    void open_file(const std::string& title, const std::filesystem::path& folder,
                   std::vector<std::string> endings, std::function<void(const std::string&)> chosen);
    /// A file to write; asks again before it replaces one.
    void save_file(const std::string& title, const std::filesystem::path& proposed,
                   std::function<void(const std::string&)> chosen);
    /// A question with up to three answers; Enter gives the first unless an arrow key chose another, and
    /// Escape the last, which takes it back.
    struct Answer {
        std::string name;
        std::function<void()> run;
    };
    void ask(const std::string& title, const std::string& question, std::vector<Answer> answers);

    bool open() const { return kind_ != Kind::None; }
    void draw(Ui& ui);

private:
    enum class Kind { None, Open, Save, Ask };
    struct Entry {
        std::string name;
        bool folder = false;
    };
    void begin(Kind kind, const std::string& title);
    void end() { kind_ = Kind::None; }
    void go(const std::filesystem::path& folder);
    void draw_files(Ui& ui);
    void draw_question(Ui& ui, bool first);
    void accept();
    void answer(size_t index);
    const Entry* neighbour(int by) const;  // of the entry that is chosen
    static int move_choice(ImGuiInputTextCallbackData* data);

    Kind kind_ = Kind::None;
    bool fresh_ = false;  // opened since the last frame
    std::string title_, question_, problem_;
    std::filesystem::path folder_;
    std::vector<Entry> entries_;
    std::vector<std::string> endings_;
    std::string name_;
    std::string proposed_;     // of Save: the name that a folder's does not replace
    std::string replaces_;     // the file that was asked about
    bool wants_keys_ = false;  // the field with the name is to have them
    bool scroll_ = false;      // to what is chosen
    std::function<void(const std::string&)> chosen_;
    std::vector<Answer> answers_;
    size_t answer_ = 0;  // that Enter gives
};

}  // namespace gan
