;; Has fuel for hours and spins to hold the processor.
;; expect: timeout resources.epoch_timeout_secs
;; limits: fuel=900000000000 epoch_timeout_secs=1
(module
  (memory (export "memory") 1)
  (func (export "run") (loop $again (br $again))))
