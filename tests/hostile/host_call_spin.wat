;; Spins in the cheapest host call there is.
;; expect: timeout resources.epoch_timeout_secs
;; limits: fuel=900000000000 epoch_timeout_secs=1
(module
  (import "blufio" "get_input_len" (func $get_input_len (result i32)))
  (memory (export "memory") 1)
  (func (export "run") (loop $again (drop (call $get_input_len)) (br $again))))
