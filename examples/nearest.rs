// SPDX-License-Identifier: MIT-0
//
// nearest.rs - loads vectors and prints the neighbours of a word, from Rust without a crate
//
//     make lib
//     rustc -O -L build examples/nearest.rs -C link-arg=-Wl,-rpath,build -o build/nearest_rs
//     build/nearest_rs vectors.bin king

use std::ffi::{CStr, CString, OsString};
use std::io::{self, Write};
use std::os::raw::{c_char, c_int, c_void};
use std::{env, process, ptr};

// Models are only known by their address. All structs that cross the border are those of w2v.h.
#[repr(C)]
struct Error {
    message: [c_char; 512],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Match {
    word: *const c_char,
    score: f32,
    id: u32,
}

#[link(name = "w2v")]
extern "C" {
    fn w2v_model_load(model: *mut *mut c_void, path: *const c_char, cfg: *const c_void, report: *mut c_void,
                      err: *mut Error) -> c_int;
    fn w2v_model_nearest(model: *const c_void, word: *const c_char, matches: *mut Match, capacity: usize,
                         match_count: *mut usize, err: *mut Error) -> c_int;
    fn w2v_model_free(model: *mut c_void);
}

// A model that is freed when it goes out of scope.
struct Model(*mut c_void);

impl Drop for Model {
    fn drop(&mut self) {
        unsafe { w2v_model_free(self.0) }
    }
}

fn text(bytes: *const c_char) -> String {
    unsafe { CStr::from_ptr(bytes) }.to_string_lossy().into_owned()
}

fn checked(status: c_int, err: &Error) -> Result<(), String> {
    if status == 0 { Ok(()) } else { Err(text(err.message.as_ptr())) }
}

impl Model {
    fn load(path: &str) -> Result<Model, String> {
        let path = CString::new(path).map_err(|_| "the path has a NUL in it")?;
        let mut err = Error { message: [0; 512] };
        let mut model = Model(ptr::null_mut());
        let status = unsafe { w2v_model_load(&mut model.0, path.as_ptr(), ptr::null(), ptr::null_mut(), &mut err) };
        checked(status, &err).map(|_| model)
    }

    fn nearest(&self, word: &str, capacity: usize) -> Result<Vec<(String, f32)>, String> {
        let word = CString::new(word).map_err(|_| "the word has a NUL in it")?;
        let mut err = Error { message: [0; 512] };
        let mut found = vec![Match { word: ptr::null(), score: 0.0, id: 0 }; capacity];
        let mut count = 0;
        let status = unsafe {
            w2v_model_nearest(self.0, word.as_ptr(), found.as_mut_ptr(), capacity, &mut count, &mut err)
        };
        checked(status, &err)?;
        Ok(found[..count].iter().map(|m| (text(m.word), m.score)).collect())
    }
}

fn unicode(argument: &OsString) -> Result<&str, String> {
    argument.to_str().ok_or_else(|| format!("{:?} is not UTF-8", argument))
}

fn run(path: &OsString, word: &OsString) -> Result<(), String> {
    let mut out = io::stdout();
    for (word, score) in Model::load(unicode(path)?)?.nearest(unicode(word)?, 10)? {
        writeln!(out, "{:<20} {:.3}", word, score).map_err(|e| format!("cannot write to standard output: {}", e))?;
    }
    out.flush().map_err(|e| format!("cannot write to standard output: {}", e))
}

fn main() {
    let arguments: Vec<OsString> = env::args_os().collect();
    if arguments.len() != 3 {
        eprintln!("usage: nearest FILE WORD");
        process::exit(2);
    }
    if let Err(message) = run(&arguments[1], &arguments[2]) {
        let _ = writeln!(io::stderr(), "nearest: {}", message); // eprintln! would panic if nobody reads
        process::exit(1);
    }
}
