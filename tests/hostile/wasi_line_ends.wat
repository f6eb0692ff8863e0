;; Writes millions of empty lines to standard error at once, over and over: each write must stay short.
;; expect: timeout resources.epoch_timeout_secs
;; limits: epoch_timeout_secs=1
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 200)
  (func (export "_start")
    (i32.store (i32.const 0) (i32.const 1000))
    (i32.store (i32.const 4) (i32.const 8388608))
    (memory.fill (i32.const 1000) (i32.const 10) (i32.const 8388608))
    (loop $again
      (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br $again))))
