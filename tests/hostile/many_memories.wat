;; Uses several memories, each with a limit of its own.
;; expect: invalid_module memor
(module
  (memory (export "memory") 1)
  (memory 16)
  (memory 16)
  (func (export "run")))
