//! {{name}}: a skill in Rust. `blufio-tui skill build` runs cargo for wasm32-unknown-unknown.

mod host {
    #[link(wasm_import_module = "blufio")]
    extern "C" {
        pub fn get_input_len() -> usize;
        pub fn get_input(into: *mut u8);
        pub fn set_output(text: *const u8, length: usize);
    }
}

/// The input of this call: a JSON object, already checked against `[parameters]`.
fn input() -> String {
    // SAFETY: the host writes exactly `get_input_len` bytes.
    let bytes = unsafe {
        let mut bytes = vec![0; host::get_input_len()];
        host::get_input(bytes.as_mut_ptr());
        bytes
    };
    String::from_utf8(bytes).expect("the host passes UTF-8")
}

fn output(text: &str) {
    // SAFETY: pointer and length are those of a live string.
    unsafe { host::set_output(text.as_ptr(), text.len()) }
}

/// The text of a string member at the top of a JSON object. Enough to start with; use serde_json for more.
fn member(object: &str, name: &str) -> Option<String> {
    let rest = object.split_once(&format!("\"{name}\""))?.1;
    let value = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = value.chars();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => text.push(unescaped(&mut chars)?),
            other => text.push(other),
        }
    }
}

fn unescaped(chars: &mut std::str::Chars) -> Option<char> {
    Some(match chars.next()? {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'u' => {
            let digits: String = chars.take(4).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
        }
        other => other,
    })
}

#[no_mangle]
pub extern "C" fn run() {
    let who = member(&input(), "who").unwrap_or_default();
    output(&format!("Hello, {who}!"));
}
