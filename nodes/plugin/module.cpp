#include "nodes/plugin/module.h"

#include <dlfcn.h>

namespace gan {

const gan_node_type& PluginModule::functions(size_t type) {
    const std::lock_guard lock(mutex_);
    if (entry_ == nullptr && failure_.empty()) {
        try {
            open();
        } catch (const std::exception& failure) {
            failure_ = fmt::format("{}: {}", file_.string(), printable(failure.what()));
        }
    }
    if (entry_ == nullptr) throw Error("{}", failure_);
    return *entry_->types[type];
}

void PluginModule::open() {
    if (file_stamp(file_) != stamp_) throw Error("has changed since it was looked at; start Ganymede again");
    mark_ = std::make_unique<PlayingMark>(marks_, file_, stamp_);
    const Inside inside(*mark_);
    void* library = ::dlopen(file_.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) throw Error("cannot be opened ({})", ::dlerror());
    const auto* entry = static_cast<const gan_node_entry*>(::dlsym(library, "gan_node_library"));
    if (entry == nullptr) throw Error("has no gan_node_library");
    if (describe(*entry) != description_)
        throw Error("describes itself in another way than when it was looked at; tell {}",
                    description_.vendor);
    entry_ = entry;
}

}  // namespace gan
