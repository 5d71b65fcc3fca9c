// A journal of hostile records, each line given the checksum it needs: refused with an Error, or a document
// that can be undone, redone and journalled again to the same.

#include "runtime/base/error.h"
#include "runtime/graph/journal.h"
#include "runtime/graph/patch.h"
#include "tests/graph_nodes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view records{reinterpret_cast<const char*>(data), size};
    std::string text;
    while (!records.empty()) {
        const size_t end = std::min(records.find('\n'), records.size());
        text += gan::journal_line(records.substr(0, end));
        records.remove_prefix(std::min(end + 1, records.size()));
    }
    try {
        const auto journal = gan::parse_journal(text);
        auto [document, number, problem] = gan::recover(journal, gan::test_nodes());
        const std::string again = gan::journal_line(
            gan::JournalStart{"", "", number, 0, patch_text(document.graph()), document.history()});
        const auto other = gan::recover(gan::parse_journal(again), gan::test_nodes()).document;
        if (other.past() != document.past() || other.future() != document.future()) std::abort();
        while (document.can_undo()) document.undo();
        while (document.can_redo()) document.redo();
    } catch (const gan::Error&) {
    }
    return 0;
}
