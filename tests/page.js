// SPDX-License-Identifier: MIT-0
//
// page.js CHROMIUM PAGE FOLDER - opens the page in headless Chromium, uses it as a student would, and checks
// what it shows. Screenshots go to FOLDER. Chromium is driven over its debugging pipe, without a package.

"use strict";
const {spawn} = require("child_process");
const fs = require("fs");
const path = require("path");

const [program, page, folder] = process.argv.slice(2);
let passed = 0, failed = 0;

function check(name, right, found) {
    if (right)
        passed++;
    else {
        failed++;
        console.log(`page: FAILED: ${name}: ${JSON.stringify(found)}`);
    }
}

const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

// ---------------------------------------------------------------------------------------------------------
// Chromium: messages are JSON, each ended by a NUL.

const chromium =
    spawn(program,
          [
              "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
              `--user-data-dir=${path.join(folder, "profile")}`, "--remote-debugging-pipe", "about:blank"
          ],
          {stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"]});
const waiting = new Map(), complaints = [], requests = [];
let sent = 0, received = "", session;

chromium.stdio[4].on("data", bytes => {
    const messages = (received + bytes).split("\0");
    received = messages.pop();
    messages.map(text => JSON.parse(text)).forEach(take);
});

function take({id, result, error, method, params}) {
    if (id) {
        const {resolve, reject} = waiting.get(id);
        waiting.delete(id);
        if (error)
            reject(new Error(error.message));
        else
            resolve(result);
    }
    if (method === "Runtime.exceptionThrown") complaints.push(params.exceptionDetails.exception.description);
    if (method === "Log.entryAdded") complaints.push(params.entry.text);
    if (method === "Runtime.consoleAPICalled") complaints.push(JSON.stringify(params.args));
    if (method === "Network.requestWillBeSent") requests.push(params.request.url);
}

function send(method, params = {}) {
    return new Promise((resolve, reject) => {
        waiting.set(++sent, {resolve, reject});
        chromium.stdio[3].write(JSON.stringify({id: sent, method, params, sessionId: session}) + "\0");
    });
}

async function open(url) {
    const {targetId} = await send("Target.createTarget", {url: "about:blank"});
    session = (await send("Target.attachToTarget", {targetId, flatten: true})).sessionId;
    for (const domain of ["Runtime", "Log", "Page", "Network"]) await send(`${domain}.enable`);
    await send("Page.navigate", {url});
    await until(`document.readyState === "complete" && location.href !== "about:blank"`);
}

// The value of an expression in the page.
async function value(expression) {
    const {result, exceptionDetails} =
        await send("Runtime.evaluate", {expression, returnByValue: true, awaitPromise: true});
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception.description}`);
    return result.value;
}

// Waits until the expression is true; whether it was within the time.
async function until(expression, seconds = 20) {
    for (const end = Date.now() + 1e3 * seconds; Date.now() < end; await sleep(20))
        if (await value(`!!(${expression})`)) return true;
    return false;
}

async function screenshot(name) {
    const {data} = await send("Page.captureScreenshot", {format: "png", captureBeyondViewport: true});
    fs.writeFileSync(path.join(folder, `${name}.png`), Buffer.from(data, "base64"));
}

const screen = (width, height, mobile = false) =>
    send("Emulation.setDeviceMetricsOverride", {width, height, deviceScaleFactor: 1, mobile});

async function key(name) {
    for (const type of ["keyDown", "keyUp"])
        await send("Input.dispatchKeyEvent", {
            type,
            key: name,
            code: name,
            windowsVirtualKeyCode: {Tab: 9, Enter: 13, Escape: 27, ArrowLeft: 37, ArrowRight: 39}[name],
            text: name === "Enter" ? "\r" : undefined
        });
}

// ---------------------------------------------------------------------------------------------------------
// The page

const click = id => value(`$("${id}").click()`);
const status = () => value(`$("status").textContent`);
const idle = () => until("!reading && !looping && training && !$('start').disabled", 60);
const done = () => value("last.done");

async function set(fields) {
    for (const name in fields)
        await value(`{ const f = document.querySelector("#fields [name=${name}]"); f.value = ${
            JSON.stringify(fields[name])};
                     f.dispatchEvent(new Event("input", {bubbles: true})); }`);
}

const put = text =>
    value(`{ $("text").value = ${JSON.stringify(text)}; $("text").dispatchEvent(new Event("input")); }`);

// Starts, and returns what the status says when the page rests again.
async function start() {
    await click("start");
    await idle();
    return status();
}

async function ask(form, inputs) {
    for (const name in inputs)
        await value(`$("${form}").elements["${name}"].value = ${JSON.stringify(inputs[name])}`);
    await value(`$("${form}").querySelector(".answers").replaceChildren(), $("${form}").requestSubmit()`);
    await until(`$("${form}").querySelector(".answers").hasChildNodes()`);
    return value(
        `[...$("${form}").querySelectorAll(".answers > *")].map(e => e.firstChild.textContent.trim())`);
}

async function explain(inputs) {
    for (const name in inputs)
        await value(`$("one").elements["${name}"].value = ${JSON.stringify(inputs[name])}`);
    await value(`$("one-status").textContent = "", $("one").requestSubmit()`);
    await until(`$("one-status").textContent`);
    return value(`$("one-status").textContent`);
}

const points = () => value("marks.map(m => [m.x, m.y])");
const distance = (a, b) =>
    a.reduce((sum, [x, y], i) => sum + Math.hypot(x - b[i][0], y - b[i][1]), 0) / a.length;
const trained = () => value(`curve.length > 1 && [curve[0][1], curve.at(-1)[1]]`);

// Calls one of the functions below in the page. They use the page's own names ($, marks, overlap, ...).
const inPage = (f, ...parameters) => value(`(${f})(...${JSON.stringify(parameters)})`);

// Names in the map that overlap each other or a point of another word, or leave the map.
function overprints() {
    const box = $("map").getBoundingClientRect(), bad = [];
    const shown = marks.filter(m => m.label.getAttribute("visibility") === "visible");
    const rectangle = element => {
        const r = element.getBoundingClientRect();
        return [r.left + 1, r.top + 3, r.right - 1, r.bottom - 3];
    };
    for (const m of shown) {
        const name = rectangle(m.label);
        for (const other of marks) {
            if (other === m) continue;
            if (shown.includes(other) && overlap(name, rectangle(other.label)))
                bad.push(`${m.word} on ${other.word}`);
            if (overlap(name, rectangle(other.mark.querySelector("circle"))))
                bad.push(`${m.word} on the point of ${other.word}`);
        }
        if (name[0] < box.left || name[1] < box.top || name[2] > box.right || name[3] > box.bottom)
            bad.push(`${m.word} outside`);
    }
    return {bad, names: shown.length};
}

// Goes on to the end. How far words move from one picture to the next, on average, for each picture.
async function watch() {
    const moves = [], original = drawMap;
    drawMap = (xy, groups) => {
        const before = marks.map(m => [m.x, m.y]);
        original(xy, groups);
        const distances = marks.map((m, i) => Math.hypot(m.x - before[i][0], m.y - before[i][1]));
        moves.push(distances.reduce((a, b) => a + b) / marks.length);
    };
    $("pause").click();
    while (looping) await new Promise(resolve => setTimeout(resolve, 20));
    drawMap = original;
    return moves;
}

// The smallest contrast of a text colour with a background (WCAG 2).
function contrast() {
    const style = getComputedStyle(document.documentElement);
    const linear = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const light = name => {
        const hex = style.getPropertyValue(name).trim();
        const [r, g, b] = [1, 3, 5].map(i => linear(parseInt(hex.slice(i, i + 2), 16) / 255));
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
    const texts = ["--text", "--soft", "--strong", "--wrong"];
    for (let i = 0; i < 10; i++) texts.push(`--g${i}`);
    const ratios = texts.flatMap(text => [ratio(text, "--back"), ratio(text, "--panel")]);
    return Math.min(ratio("--on-strong", "--strong"), ...ratios);
}

// Chooses a file of this size, which repeats the text.
function chooseBig(bytes) {
    const part = new Blob([$("text").value.repeat(8)]), list = new DataTransfer();
    const whole = new Blob(Array(Math.ceil(bytes / part.size)).fill(part));
    list.items.add(new File([whole.slice(0, bytes)], "big.txt"));
    $("file").files = list.files;
    $("file").dispatchEvent(new Event("change"));
}

// The longest time that the page did not answer.
async function latency() {
    let most = 0, then = performance.now();
    for (let i = 0; i < 20; i++) {
        await new Promise(resolve => setTimeout(resolve, 10));
        most = Math.max(most, performance.now() - then);
        then = performance.now();
    }
    return most;
}

// The cells of a table below `One window`.
function cellsOf(i) {
    const rows = $("one-output").querySelectorAll("table")[i].tBodies[0].rows;
    return [...rows].map(row => [...row.cells].map(cell => cell.textContent));
}
const table = i => inPage(cellsOf, i);

// ---------------------------------------------------------------------------------------------------------
// Tests

async function testLoading() {
    check("the page loads", await until(`/random/.test($("status").textContent)`), await status());
    check("the demo's text is there", await value(`$("text").value.split("\\n").length`) === 12001,
          await value(`$("text").value.length`));
    check("the engine has SIMD", await value("training && WebAssembly.validate(wasm)"), "no");
    check("words of nine groups",
          await value("[marks.length, $('legend').children.length].join()") === "64,9",
          await value("marks.length"));
    await screenshot("1-random");
}

async function testTraining() {
    const random = await points();
    await click("step");
    await until("last.done");
    await idle();
    const once = await done();
    check("a step is one block", once > 2000 && once < 5000 && await status() === "Paused.",
          [once, await status()]);
    const first = await points();
    check("a step moves the words", distance(random, first) > .5, distance(random, first));
    await click("start");
    check("training runs", await until("training && last.done > 150000"), await status());
    await click("pause");
    await idle();
    const paused = await done();
    await sleep(150);
    check("a pause holds", await done() === paused && await value(`$("pause").textContent`) === "Go on",
          [paused, await done()]);
    const early = await points();
    check("no name overprints another", (await inPage(overprints)).bad.length === 0,
          await inPage(overprints));
    await screenshot("2-early");
    const moves = await inPage(watch);
    check("it goes on to the end", await value("last.end") && /^Done/.test(await status()), await status());
    check("there were many pictures", moves.length > 30, moves.length);
    check("words move little between two pictures", Math.max(...moves) < 50, Math.max(...moves));
    check("pictures differ", distance(early, await points()) > 10, distance(early, await points()));
    const [before, after] = await trained();
    check("the loss falls", before > 2 && after < 1.45 && after < .6 * before, [before, after]);
    const {bad, names} = await inPage(overprints);
    check("names in the last picture", bad.length === 0 && names > 25, {bad, names});
    check("Pause is off at the end", await value(`$("pause").disabled && !$("start").disabled`), "on");
}

async function testAnswers() {
    const near = (await ask("nearest", {word: "king"})).slice(0, 4);
    check("neighbours of king", near.every(w => ["prince", "duke", "emperor", "queen"].includes(w)), near);
    const capital = (await ask("nearest", {word: "PARIS "})).slice(0, 4);
    check("neighbours of paris",
          capital.filter(w => ["rome", "madrid", "berlin", "athens", "tokyo", "moscow", "oslo", "warsaw",
                               "budapest"]
                                  .includes(w))
                  .length >= 3,
          capital);
    const queen = await ask("analogy", {a: "man", b: "king", c: "woman"});
    check("man : king = woman : queen", queen[0] === "queen", queen);
    const berlin = await ask("analogy", {a: "france", b: "paris", c: "germany"});
    check("france : paris = germany : berlin", berlin[0] === "berlin", berlin);
    check("an unknown word", /xyzzy/.test((await ask("nearest", {word: "xyzzy"}))[0]),
          await ask("nearest", {word: "xyzzy"}));
    check("no word", (await ask("nearest", {word: ""})).length === 1, await ask("nearest", {word: ""}));
    await ask("nearest", {word: "king"});
}

async function testMapByHand() {
    await value(`marks.find(m => m.word === "snow").mark.querySelector("circle")
                     .dispatchEvent(new PointerEvent("pointerover", {bubbles: true}))`);
    await until(`/^snow/.test($("hint").textContent)`);
    const hint = await value(`$("hint").textContent`);
    check("pointing at snow", /^snow \(\d+ times\) is nearest to .*(rain|hail|sleet)/.test(hint), hint);
    check("its neighbours are marked", await value(`links.children.length`) >= 3,
          await value(`links.children.length`));
    check("the chosen word has a name",
          await value(`marks[chosen].label.getAttribute("visibility")`) === "visible", "hidden");
    await value(`$("map").focus()`);
    const before = await value("chosen");
    await key("ArrowRight");
    await until(`chosen === ${before + 1} && $("hint").textContent.startsWith(marks[chosen].word)`);
    check("the arrow keys choose a word", await value("chosen") === before + 1, await value("chosen"));
    await key("Escape");
    check("Escape chooses none", await value("chosen") === -1, await value("chosen"));
}

async function testKeyboard() {
    await value(`$("text").focus()`);
    const reached = [];
    for (let i = 0; i < 32; i++) {
        await key("Tab");
        reached.push(await value(`{ const e = document.activeElement; e.id || e.name || e.tagName; }`));
    }
    check("Tab reaches everything",
          ["file", "tidy", "dim", "loss_type", "start", "map", "word", "a", "sentence", "whole"].every(
              id => reached.includes(id)),
          reached);
    await value(`$("start").focus()`);
    await key("Enter");
    check("Enter starts", await until("running"), await status());
    await value(`$("pause").focus()`);
    await key("Enter");
    await idle();
    check("Enter pauses", await status() === "Paused.", await status());
    check(
        "every field has a name",
        await value(`[...document.querySelectorAll("input, select, textarea")].every(e => e.labels.length)`),
        "no");
}

async function testOneWindow() {
    const said = await explain(
        {sentence: "The king sat on the throne.", centre: "sat", window: 2, negative: 3, rate: .1});
    check("one window", /^The window of sat, loss \d/.test(said), said);
    const pairs = await table(1), rows = await table(2);
    check("four pairs with three negatives",
          pairs.length === 4 && pairs.every(p => p[1].split(" ").length === 3), pairs);
    const sum = pairs.reduce((s, p) => s + Number(p[2]), 0), total = Number(said.match(/loss (.*)\.$/)[1]);
    check("the window's loss is the sum", Math.abs(sum - total) < 3e-4, [sum, total]);
    const wrong = rows.filter(([, y, score, s, error, n, loss]) => {
        const p = 1 / (1 + Math.exp(-score));
        return Math.abs(p - s) > 1e-3 || Math.abs(p - y - error) > 1e-3 ||
               Math.abs(-n * Math.log(y === "1" ? p : 1 - p) - loss) > 1e-2 * n * (1 + Math.abs(score));
    });
    check("s, s - y and the loss follow from u.v", rows.length >= 2 && wrong.length === 0, wrong);
    const [formula, numeric] = (await table(4)).map(r => r[1]);
    check("both gradients agree", formula.slice(0, 20) === numeric.slice(0, 20), [formula, numeric]);
    await value(`$("one-output").querySelectorAll("td button")[2].click()`);
    await until(`$("one-output").querySelectorAll("td button")[2].textContent === "shown"`);
    check("another pair", /with on/.test(await value(`$("one-output").textContent`)),
          await value(`$("one-output").textContent`));
    await value(`$("one").elements.whole.click()`);
    await until("$('one-output').textContent.length > 8000");
    const u = (await table(2))[0][7];
    check("whole vectors", u.split(/\s+/).length === 50, u);
    await value(`$("one").elements.whole.click()`);

    const cases = [
        ["a word that is not in the sentence", {centre: "queen"}, /queen.*not in the sentence/],
        ["a word that the model lacks", {centre: "xyzzy"}, /xyzzy/],
        ["a sentence of one word", {sentence: "king", centre: "king"}, /second word/],
        ["no sentence", {sentence: " ", centre: "king"}, /no words/],
        ["no centre", {sentence: "the king sat", centre: ""}, /''/],
        ["a window of 0", {centre: "king", window: 0}, /window must be/],
        ["a broken number", {window: 2, negative: 1.5}, /negatives must be/],
        ["a rate below 0", {negative: 3, rate: -1}, /rate must be/]
    ];
    for (const [name, inputs, message] of cases) {
        const found = await explain(inputs);
        check(name, message.test(found), found);
    }
    check("K = 0", /^The window of king/.test(await explain({negative: 0, rate: .3})), await explain({}));
    await explain({sentence: "the king sat on the throne", centre: "sat", negative: 3});
}

async function testBadTexts() {
    await set({epochs: 2});
    await start();
    const before = await done();
    const cases = [
        ["an empty text", "  \n", {}, /text is empty/], ["punctuation alone", "... !!! ,,,", {}, /word/],
        ["one word", "word", {}, /word/],
        ["one word often", "word word\nword word", {}, /one word only, 'word'/],
        ["a NUL byte", "some\u0000thing \u0001\u0002\nbinary \u0000", {}, /NUL|not text/i],
        ["dimension 0", "a b c\nb c a", {dim: "0"}, /Dimension must be/],
        ["no dimension", "a b c\nb c a", {dim: ""}, /Dimension takes/],
        ["a huge dimension", "a b c\nb c a", {dim: "70000"}, /Dimension.*65536/],
        [
            "too little memory", Array.from({length: 20000}, (_, i) => `w${i}`).join(" "), {dim: "65536"},
            /memory/
        ],
        ["no negatives", "a b c\nb c a", {dim: "5", negative: "0"}, /Negatives must/],
        ["a learning rate of -1", "a b c\nb c a", {negative: "5", learning_rate: "-1"}, /Learning rate must/]
    ];
    for (const [name, text, fields, message] of cases) {
        await put(text);
        await set(fields);
        await click("start");
        await until(`$("status").classList.contains("error") && !reading`);
        const found = await status();
        check(name, message.test(found) && await value(`$("status").classList.contains("error")`), found);
    }
    check("nothing is lost", await done() === before && (await ask("nearest", {word: "king"})).length === 8,
          await done());
    await put("tic tac toe\n".repeat(500));
    await set({dim: "1", learning_rate: "0.05"});
    check("dimension 1", /^Done/.test(await start()), await status());
    check("a picture on a line", await value("marks.length === 3 && marks.every(m => m.y === marks[0].y)"),
          await points());
    await put("tic tac toe tuc\n".repeat(3000));
    await set({dim: "5", learning_rate: "100", epochs: 5});
    check("a learning rate of 100", /learning rate/.test(await start()), await status());
}

async function testBigFiles() {
    await inPage(chooseBig, 210e6);
    await click("start");
    check("210 MB are too large", /210.0 MB.*up to 200 MB/.test(await status()), await status());
    await inPage(chooseBig, 100e6);
    check("the name of the file", /big\.txt, 100\.0 MB/.test(await status()), await status());
    const before = await done();
    await click("start");
    check("reading shows how far it is", await until(`reading && $("progress").value > .02`, 15),
          await value(`$("numbers").textContent`));
    const late = await inPage(latency);
    check("the page answers meanwhile", late < 1000, late);
    await click("stop");
    await until("!reading");
    check("Stop reading", /stopped/.test(await status()) && await done() === before, await status());
    check("the training before is there", (await ask("nearest", {word: "king"})).length === 8, "no");
    await click("no-file");
}

// Two topics; words of one are never beside words of the other.
function topics(words) {
    let text = "", state = 1;
    const draw = n => (state = state * 48271 % 2147483647) % n;
    for (let i = 0; i < 3000; i++) {
        const list = words[draw(2)];
        text += Array.from({length: 8}, () => list[draw(list.length)]).join(" ") + ".\n";
    }
    return text;
}

async function testAlphabets() {
    const greek =
        [["Ήλιος", "βροχή", "χιόνι", "άνεμος", "σύννεφο"], ["Ψωμί", "τυρί", "κρασί", "λάδι", "ελιά"]];
    await put(topics(greek));
    await set({dim: "20", negative: "5", learning_rate: "0.05", epochs: "10"});
    check("a Greek text", /^Done/.test(await start()), await status());
    const near = (await ask("nearest", {word: "βροχή"})).slice(0, 4).sort();
    check("neighbours in Greek", near.join() === "ήλιος,άνεμος,σύννεφο,χιόνι".split(",").sort().join(), near);
    const groups = await value("marks.map(m => [m.word, m.group])");
    const of = word => groups.find(([w]) => w === word)[1];
    check("k-means finds the topics", of("ήλιος") === of("χιόνι") && of("ήλιος") !== of("τυρί"), groups);
    check("the questions have words of the text",
          await value(
              `$("analogy").elements.a.value !== "man" && $("one").elements.sentence.value.includes(" ")`),
          "no");
    check("a Greek window", /loss/.test(await explain({})), await explain({}));
    await put(topics([["雨", "雪", "風"], ["米", "茶", "塩"]]));
    check("a Japanese text", /^Done/.test(await start()), await status());
    check("neighbours in Japanese",
          (await ask("nearest", {word: "雨"})).slice(0, 2).sort().join() === ["雪", "風"].sort().join(),
          "no");
}

async function testModels() {
    await put(topics([["a", "b", "c", "d", "e"], ["v", "w", "x", "y", "z"]]));
    for (const architecture of ["skipgram", "cbow"])
        for (const loss_type of ["neg_sampling", "hierarchical", "softmax"]) {
            await set({
                architecture,
                loss_type,
                negative: loss_type === "neg_sampling" ? "5" : "0",
                learning_rate: architecture === "cbow" ? ".15" : ".05"
            });
            const said = await start(), [first, end] = await trained() || [];
            const near = (await ask("nearest", {word: "a"})).slice(0, 4).sort().join("");
            check(`${architecture}, ${loss_type}`, /^Done/.test(said) && end < first && near === "bcde",
                  [said, first, end, near]);
            const shown = await explain({sentence: "a b c", centre: "b", negative: 2});
            check(`one window of ${architecture}, ${loss_type}`, /^The window of b, loss/.test(shown), shown);
        }
}

async function testScreens() {
    check("contrast in the light", await inPage(contrast) >= 4.5, await inPage(contrast));
    const light = await value("getComputedStyle(document.body).backgroundColor");
    await send("Emulation.setEmulatedMedia", {features: [{name: "prefers-color-scheme", value: "dark"}]});
    check("contrast in the dark", await inPage(contrast) >= 4.5, await inPage(contrast));
    check("dark is dark", await value("getComputedStyle(document.body).backgroundColor") !== light, light);
    await screenshot("4-dark");
    await send("Emulation.setEmulatedMedia", {features: []});
    await screen(390, 844, true);
    await sleep(200);
    check("a telephone needs no scrolling sideways",
          await value("document.documentElement.scrollWidth") === 390,
          await value("document.documentElement.scrollWidth"));
    const {bad, names} = await inPage(overprints);
    check("names on a telephone", bad.length === 0 && names > 8, {bad, names});
    await screenshot("5-telephone");
    await screen(1280, 900);
}

async function main() {
    await open(`file://${path.resolve(page)}`);
    await screen(1280, 900);
    const tests = [
        testLoading, testTraining, testAnswers, testMapByHand, testOneWindow, testScreens, testKeyboard,
        testBigFiles, testBadTexts, testAlphabets, testModels
    ];
    for (const test of tests) {
        try {
            await test();
        } catch (error) { check(test.name, false, error.message); }
        if (test === testOneWindow) await screenshot("3-trained");
    }
    check("no complaint in the console", complaints.length === 0, complaints);
    const elsewhere = requests.filter(url => !/^(file:|blob:|data:)/.test(url));
    check("nothing is loaded from elsewhere", elsewhere.length === 0, elsewhere);
}

let ending = false;

function end() {
    console.log(`page                      ${passed} passed, ${failed} failed`);
    ending = true;
    chromium.kill();
}

chromium.on("exit", status => {
    if (!ending) console.log(`page: FAILED: Chromium ended with status ${status}\n0 passed, 1 failed`);
    process.exit(ending && !failed ? 0 : 1);
});

setTimeout(() => {
    check("the time", false, "more than 5 minutes");
    end();
}, 300e3);

main().catch(error => check("the tests ran", false, error.message)).then(end);
