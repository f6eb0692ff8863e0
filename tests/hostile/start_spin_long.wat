;; Spins in its start function with fuel for hours.
;; expect: timeout resources.epoch_timeout_secs
;; limits: fuel=900000000000 epoch_timeout_secs=1
(module
  (memory (export "memory") 1)
  (func $s (loop $again (br $again)))
  (start $s)
  (func (export "run")))
