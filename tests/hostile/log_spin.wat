;; Spins in a host call that costs almost no fuel.
;; expect: timeout resources.epoch_timeout_secs
;; limits: fuel=900000000000 epoch_timeout_secs=1
(module
  (import "blufio" "log" (func $log (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "run") (loop $again (call $log (i32.const 9) (i32.const 0) (i32.const 1)) (br $again))))
