;; Starts with more memory than its manifest allows.
;; expect: memory_limit resources.memory_mb
(module
  (memory (export "memory") 257)
  (func (export "run")))
