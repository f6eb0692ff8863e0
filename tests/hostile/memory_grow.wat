;; Takes memory page by page until it is refused, as a leaking allocator does, then traps.
;; expect: memory_limit resources.memory_mb
(module
  (memory (export "memory") 1)
  (func (export "run")
    (loop $again (br_if $again (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0))))
    unreachable))
