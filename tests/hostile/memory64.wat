;; Uses 64-bit memory, where 32-bit bounds checks do not hold.
;; expect: invalid_module memory64
(module
  (memory (export "memory") i64 1)
  (func (export "run")))
