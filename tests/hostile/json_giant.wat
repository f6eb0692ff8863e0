;; Sends fifteen megabytes of JSON, to be blown up to half a gigabyte of objects by a parser.
;; expect: trap http_fetch
(module
  (import "blufio" "http_fetch" (func $http_fetch (param i32 i32) (result i32)))
  (memory (export "memory") 240)
  (func (export "run")
    (memory.fill (i32.const 0) (i32.const 48) (i32.const 15000000))
    (drop (call $http_fetch (i32.const 0) (i32.const 15000000)))))
