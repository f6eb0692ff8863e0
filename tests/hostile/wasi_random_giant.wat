;; Asks for nearly a gigabyte of random bytes at once, which takes longer than the deadline.
;; expect: timeout resources.epoch_timeout_secs
;; limits: epoch_timeout_secs=1 memory_mb=1024
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 15000)
  (func (export "_start")
    (loop $again (drop (call $random (i32.const 0) (i32.const 983040000))) (br $again))))
