;; Has a data segment that reaches over the end of memory.
;; expect: trap out of bounds
(module
  (memory (export "memory") 1)
  (data (i32.const 65534) "abc")
  (func (export "run")))
