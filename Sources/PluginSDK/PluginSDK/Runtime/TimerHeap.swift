// SPDX-License-Identifier: Apache-2.0

/// Timers, the earliest first. A cancelled one stays in the heap until it would be due.
struct TimerHeap {
  struct ID: Hashable { let number: UInt64 }

  struct Timer {
    let due: UInt64
    let id: ID
    let fire: () -> Void
  }

  private var heap: [Timer] = []
  private var cancelled: Set<ID> = []
  private var last: UInt64 = 0

  var isEmpty: Bool { heap.isEmpty }

  /// When the earliest timer is due.
  var next: UInt64? { heap.first?.due }

  mutating func insert(at due: UInt64, _ fire: @escaping () -> Void) -> ID {
    last += 1
    let timer = Timer(due: due, id: ID(number: last), fire: fire)
    heap.append(timer)
    var index = heap.count - 1
    while index > 0, heap[(index - 1) / 2].due > heap[index].due {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
    return timer.id
  }

  /// Forgets a timer. One that has fired must not be removed.
  mutating func remove(_ id: ID) {
    cancelled.insert(id)
    // Deadlines are mostly cancelled long before they are due: do not let them pile up.
    if cancelled.count > 64, cancelled.count > heap.count / 2 { compact() }
    while let first = heap.first, cancelled.contains(first.id) {
      cancelled.remove(first.id)
      removeFirst()
    }
  }

  mutating func popDue(_ now: UInt64) -> Timer? {
    while let first = heap.first, first.due <= now {
      removeFirst()
      if cancelled.remove(first.id) == nil { return first }
    }
    return nil
  }

  private mutating func compact() {
    let kept = heap.filter { !cancelled.contains($0.id) }
    heap = kept.sorted { $0.due < $1.due }  // a sorted array is a heap
    cancelled.removeAll(keepingCapacity: true)
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var index = 0
    while true {
      var least = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < heap.count && heap[child].due < heap[least].due {
        least = child
      }
      guard least != index else { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
