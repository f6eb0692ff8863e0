;; Exports no memory.
;; expect: invalid_module memory
(module
  (memory 1)
  (func (export "run")))
