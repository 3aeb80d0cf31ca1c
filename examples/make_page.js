// SPDX-License-Identifier: MIT-0
//
// make_page.js TEMPLATE ENGINE OUTPUT - puts the compiled engine (ENGINE.js, ENGINE.wasm) into the template,
// and the hashes of its script and style into its content policy

"use strict";
const fs = require("fs");
const crypto = require("crypto");

const [template, engine, output] = process.argv.slice(2);
let page = fs.readFileSync(template, "utf8");

// Every place has to be in the template exactly once.
function put(place, text) {
    if (page.split(place).length !== 2) throw new Error(`${template}: ${place} is not there exactly once`);
    page = page.replace(place, () => text);  // not text, in which $ has a meaning
}

function hash(tag) {
    const text = page.match(new RegExp(`<${tag}>([^]*?)</${tag}>`))[1];
    return `'sha256-${crypto.createHash("sha256").update(text).digest("base64")}'`;
}

const glue = fs.readFileSync(`${engine}.js`, "utf8");
if (/<!--|<\/?script/i.test(glue)) throw new Error(`${engine}.js would end the script that holds it`);
put("@GLUE@", glue);
put("@WASM@", fs.readFileSync(`${engine}.wasm`).toString("base64"));
put("@SCRIPT_HASH@", hash("script"));
put("@STYLE_HASH@", hash("style"));
fs.writeFileSync(output, page);
