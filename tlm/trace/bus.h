// The bus on which every observable fact is announced. Listeners get facts in simulated-time order; they must
// not change the history they observe, so a run is the same with and without listeners.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "tlm/trace/facts.h"

namespace smmu_vp::trace {

class Bus {
 public:
  // `now_ps` is the simulated time in picoseconds; facts are stamped with it when announced.
  explicit Bus(std::function<u64()> now_ps) : now_ps_(std::move(now_ps)) {}
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  // Calls `listener(fact, t_ps)` for each fact of type F announced from now on.
  template <typename F, typename L>
  void on(L listener) {
    add(listeners_[kIndex<F>], [listener = std::move(listener)](const void* fact, u64 t_ps) {
      listener(*static_cast<const F*>(fact), t_ps);
    });
  }

  // Calls `listener(fact, t_ps)` for facts of every type except detail facts; `listener`
  // is generic over the fact type.
  template <typename L>
  void on_every(L listener) {
    on_each(listener, static_cast<AnyFact*>(nullptr));
  }

  template <typename F>
  void announce(const F& fact) const {
    const auto& interested = listeners_[kIndex<F>];
    if (interested.empty()) return;
    const u64 t_ps = now_ps_();
    for (const Listener& listener : interested) listener.call(&fact, t_ps);
  }

  // True if F has a listener: lets a hot path skip gathering the fact's fields.
  template <typename F>
  bool heard() const {
    return !listeners_[kIndex<F>].empty();
  }

 private:
  // Every user of the bus compiles this; one listener type for all facts keeps that fast.
  using Call = std::function<void(const void*, u64)>;
  struct Listener {
    Call call;
    u64 group;
  };
  using Listeners = std::vector<Listener>;
  friend class ListenerGroup;

  // The listeners of a group stand together, in front of those that were there before.
  void add(Listeners& list, Call call) {
    const auto place =
        adding_ == kForGood
            ? list.end()
            : std::ranges::find_if(list, [this](const Listener& l) { return l.group != adding_; });
    list.insert(place, {std::move(call), adding_});
  }

  // The index of F among all facts: the position of the type that is the same as F.
  template <typename F, typename... Logged, typename... Details>
  static constexpr std::size_t index(std::variant<Logged...>*, std::variant<Details...>*) {
    std::size_t i = 0;
    (void)(((__is_same(F, Logged) ? false : (++i, true)) && ...) &&
           ((__is_same(F, Details) ? false : (++i, true)) && ...));
    return i;
  }
  template <typename F>
  static constexpr std::size_t kIndex = index<F>(static_cast<AnyFact*>(nullptr),
                                                 static_cast<DetailFact*>(nullptr));

  template <typename L, typename... F>
  void on_each(const L& listener, std::variant<F...>*) {
    (on<F>(listener), ...);
  }

  static constexpr u64 kForGood = 0;  // the group of listeners that are never removed

  std::function<u64()> now_ps_;
  u64 groups_ = kForGood, adding_ = kForGood;
  std::array<Listeners, std::variant_size_v<AnyFact> + std::variant_size_v<DetailFact>> listeners_;
};

// Listeners for a part of the time: those added to the bus between construction and complete() are removed with the
// group. They hear a fact before the listeners that were there already, so that a log has it before what those
// announce in turn. Create and destroy groups between facts; the bus must outlive them.
class ListenerGroup {
 public:
  explicit ListenerGroup(Bus& bus) : bus_(bus), number_(++bus.groups_) { bus.adding_ = number_; }
  ListenerGroup(const ListenerGroup&) = delete;
  ListenerGroup& operator=(const ListenerGroup&) = delete;
  ~ListenerGroup() {
    complete();
    for (Bus::Listeners& list : bus_.listeners_)
      std::erase_if(list, [this](const Bus::Listener& l) { return l.group == number_; });
  }

  void complete() { bus_.adding_ = Bus::kForGood; }

 private:
  Bus& bus_;
  const u64 number_;
};

}  // namespace smmu_vp::trace
