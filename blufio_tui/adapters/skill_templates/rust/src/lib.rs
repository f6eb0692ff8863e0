//! {{name}}: a skill in Rust. `blufio-tui skill build` runs cargo for wasm32-unknown-unknown.

#[link(wasm_import_module = "blufio")]
extern "C" {
    fn get_input_len() -> u32;
    fn get_input(into: *mut u8);
    fn set_output(text: *const u8, length: usize);
}

/// The input of this call.
fn input() -> serde_json::Value {
    // SAFETY: the host writes exactly `get_input_len` bytes.
    let bytes = unsafe {
        let mut bytes = vec![0; get_input_len() as usize];
        get_input(bytes.as_mut_ptr());
        bytes
    };
    serde_json::from_slice(&bytes).expect("the host passes JSON")
}

fn output(text: &str) {
    // SAFETY: pointer and length are those of a live string.
    unsafe { set_output(text.as_ptr(), text.len()) }
}

#[no_mangle]
pub extern "C" fn run() {
    let input = input();
    let who = input["who"].as_str().unwrap_or("");
    output(&format!("Hello, {who}!"));
}
