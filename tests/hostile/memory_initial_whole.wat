;; Declares the largest memory there is, to be mapped before anything runs.
;; expect: memory_limit resources.memory_mb
(module
  (memory (export "memory") 65536)
  (func (export "run")))
