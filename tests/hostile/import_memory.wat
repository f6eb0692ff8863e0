;; Brings a memory in from outside, so that the host looks at the wrong one.
;; expect: invalid_module blufio.memory
(module
  (import "blufio" "memory" (memory 1))
  (export "memory" (memory 0))
  (func (export "run")))
