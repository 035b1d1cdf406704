//! Makes the JavaScript module of a binary that cargo built:
//!
//! ```text
//! bind-wasm BINARY FOLDER NAME      writes FOLDER/NAME.js, NAME.d.ts, NAME_bg.wasm and NAME_bg.wasm.d.ts
//! ```

use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, folder, name] = &arguments[..] else {
        return Err("usage: bind-wasm BINARY FOLDER NAME".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .web(true)?
        .omit_default_module_path(true) // bundlers would emit each binary twice
        .typescript(true)
        .input_path(binary)
        .out_name(name)
        .generate(folder)?;
    Ok(())
}
