// The bus every observable fact is announced on. Listeners see facts in simulated-time order; they must not
// change the history they observe, so a run with listeners and a run without are the same run.
#pragma once

#include <functional>
#include <tuple>
#include <type_traits>
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
  template <typename F>
  void on(std::function<void(const F&, u64)> listener) {
    std::get<Listeners<F>>(listeners_).push_back(std::move(listener));
  }

  // Calls `listener(fact, t_ps)` for facts of every type; `listener` is generic over the fact type.
  template <typename L>
  void on_every(L listener) {
    for_each_type<0>([&]<typename F>(std::type_identity<F>) {
      on<F>([listener](const F& fact, u64 t_ps) { listener(fact, t_ps); });
    });
  }

  template <typename F>
  void announce(const F& fact) const {
    const auto& interested = std::get<Listeners<F>>(listeners_);
    if (interested.empty()) return;
    const u64 t_ps = now_ps_();
    for (const auto& listener : interested) listener(fact, t_ps);
  }

  // True when somebody listens to F: lets a hot path skip gathering the fact's fields.
  template <typename F>
  bool heard() const {
    return !std::get<Listeners<F>>(listeners_).empty();
  }

 private:
  template <typename F>
  using Listeners = std::vector<std::function<void(const F&, u64)>>;
  template <typename... F>
  static std::tuple<Listeners<F>...> listeners_of(std::variant<F...>*);
  using Table = decltype(listeners_of(static_cast<AnyFact*>(nullptr)));

  template <std::size_t I, typename Visit>
  static void for_each_type(Visit visit) {
    if constexpr (I < std::variant_size_v<AnyFact>) {
      visit(std::type_identity<std::variant_alternative_t<I, AnyFact>>{});
      for_each_type<I + 1>(visit);
    }
  }

  std::function<u64()> now_ps_;
  Table listeners_;
};

}  // namespace smmu_vp::trace
