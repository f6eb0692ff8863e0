;; Calls itself without an end, to run over the host's stack.
;; expect: stack_overflow call stack
(module
  (memory (export "memory") 1)
  (func $f (export "run") (call $f)))
