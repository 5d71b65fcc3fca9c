#pragma once

#include "editor/panels/number_edit.h"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace gan {

/// A seed: its number, a die, and the way back to those that were shown before. Keeps the last 12 of each.
class SeedEdit {
public:
    /// `key`: of the parameter, one for each.
    NumberEdit::State draw(Ui& ui, NumberEdit& numbers, const std::string& key, double value,
                           const NumberRange& range, const NumberEdit::Apply& apply);

private:
    struct Past {
        std::vector<double> values;  // oldest first
        size_t at = 0;               // the one that is shown
    };
    static void see(Past& past, double value);

    std::map<std::string, Past> pasts_;
    std::mt19937 random_{std::random_device{}()};
};

}  // namespace gan
