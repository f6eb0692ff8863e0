;; Leaves through WASI with a status that says it failed.
;; expect: trap status 3
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (func (export "run") (call $proc_exit (i32.const 3))))
