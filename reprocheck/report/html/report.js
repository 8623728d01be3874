// SPDX-License-Identifier: Apache-2.0
// What the page does beyond being read: filter, sort, fold, copy, hex, and the byte map's answers.
"use strict";
(() => {
	const $ = (s, e = document) => e.querySelector(s);
	const $$ = (s, e = document) => [...e.querySelectorAll(s)];
	const make = (tag, cls, text) => {
		const e = document.createElement(tag);
		if (cls) e.className = cls;
		if (text !== undefined) e.textContent = text;
		return e;
	};
	const count = (n) => n.toLocaleString("en-US");
	const hex = (n) => "0x" + n.toString(16);
	const findings = $$(".finding");

	/* Folding: a row's places are shown on request. */
	const fold = (finding, open) => {
		$(".toggle", finding).setAttribute("aria-expanded", open);
		$(".detail", finding).hidden = !open;
	};
	findings.forEach((f) => fold(f, false));
	document.addEventListener("click", (e) => {
		const row = e.target.closest(".row");
		if (!row || e.target.closest("a") || (!e.target.closest("button") && String(getSelection()))) return;
		const finding = row.parentElement;
		fold(finding, $(".detail", finding).hidden);
	});
	const reveal = () => {
		const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
		if (!target) return;
		if (target.classList.contains("finding")) {
			target.hidden = false;
			fold(target, true);
		}
		for (let d = target.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
		target.scrollIntoView({ behavior: "instant" });
	};
	addEventListener("hashchange", reveal);

	/* Filtering: every word must occur; files stay visible when something inside matches. */
	const filter = $("#filter");
	const text = new WeakMap();
	const textOf = (e) => {
		if (!text.has(e)) text.set(e, e.textContent.toLowerCase());
		return text.get(e);
	};
	const shownClasses = () => new Set($$(".switch[data-class][aria-pressed=true]").map((b) => b.dataset.class));
	const pickedAxes = () => $$(".by-axis[aria-pressed=true]").map((b) => b.dataset.axis);
	const apply = () => {
		const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
		const classes = shownClasses(), axes = pickedAxes();
		const moved = (f) => axes.length === 0 || (f.dataset.axes || "").split(" ").some((a) => axes.includes(a));
		const matches = (e) => words.every((w) => textOf(e).includes(w));
		let n = 0;
		for (const f of findings) {
			f.hidden = !(classes.has(f.dataset.class) && moved(f) && matches(f));
			n += !f.hidden;
		}
		for (const e of $$(".space, .card, .follows li")) e.hidden = words.length > 0 && !matches(e);
		const shown = $("#shown");
		if (shown) shown.textContent = n === findings.length ? `${count(n)} shown` : `${count(n)} of ${count(findings.length)} shown`;
		const empty = $(".empty");
		if (empty) empty.hidden = n > 0;
	};
	let waiting;
	filter.addEventListener("input", () => {
		clearTimeout(waiting);
		waiting = setTimeout(apply, 80);
	});
	addEventListener("keydown", (e) => {
		if (e.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
			e.preventDefault();
			filter.focus();
		} else if (e.key === "Escape" && document.activeElement === filter) {
			filter.value = "";
			apply();
			filter.blur();
		}
	});
	for (const b of $$(".switch")) {
		b.addEventListener("click", () => {
			b.setAttribute("aria-pressed", b.getAttribute("aria-pressed") !== "true");
			apply();
		});
	}
	/* An axis in the table of axes shows its findings only. */
	for (const a of $$("[data-pick]")) {
		const own = $(`.by-axis[data-axis="${a.dataset.pick}"]`);
		if (!own) continue;
		a.addEventListener("click", () => {
			for (const b of $$(".by-axis")) b.setAttribute("aria-pressed", b === own);
			apply();
		});
	}
	apply();

	/* Sorting: numbers begin with the largest, words with A. */
	const numeric = new Set(["bytes", "places", "level"]);
	for (const b of $$("th button[data-sort]")) {
		b.addEventListener("click", () => {
			const th = b.parentElement, key = b.dataset.sort, number = numeric.has(key);
			const down = th.getAttribute("aria-sort") ? th.getAttribute("aria-sort") === "ascending" : number;
			$$("th[aria-sort]").forEach((o) => o.removeAttribute("aria-sort"));
			th.setAttribute("aria-sort", down ? "descending" : "ascending");
			const of = (f) => (number ? Number(f.dataset[key]) : f.dataset[key]);
			const sorted = [...findings].sort((x, y) => (of(x) < of(y) ? -1 : of(x) > of(y) ? 1 : 0) * (down ? -1 : 1));
			$(".findings").append(...sorted);
		});
	}

	/* Copying, with a fallback for pages that were opened from a file. */
	document.addEventListener("click", async (e) => {
		const b = e.target.closest(".copy");
		if (!b) return;
		const code = b.previousElementSibling;
		try {
			await navigator.clipboard.writeText(code.textContent);
		} catch {
			getSelection().selectAllChildren(code);
			document.execCommand("copy");
		}
		b.textContent = "Copied";
		setTimeout(() => (b.textContent = "Copy"), 1400);
	});

	/* Hexadecimal: the bytes behind a quoted text (\xNN and \\ undone), both sides, sixteen a line. */
	const bytesOf = (code) => {
		if (!code || code.classList.contains("nothing")) return [];
		const out = [], s = code.textContent.replace(/\.\.\.$/, ""), utf8 = new TextEncoder();
		if (code.classList.contains("hex")) return (s.match(/[0-9a-f]{2}/g) || []).map((h) => parseInt(h, 16));
		for (const m of s.matchAll(/\\x([0-9a-f]{2})|\\\\|[^]/gu))
			out.push(...(m[1] ? [parseInt(m[1], 16)] : utf8.encode(m[0] === "\\\\" ? "\\" : m[0])));
		return out;
	};
	const dumpLine = (row, bytes, other, at, cls) => {
		for (const show of [(v) => v.toString(16).padStart(2, "0") + " ", (v) => (v > 31 && v < 127 ? String.fromCharCode(v) : "·")]) {
			const cell = make("td", cls);
			for (let i = at; i < at + 16 && i < bytes.length; i++)
				cell.append(bytes[i] === other[i] ? show(bytes[i]) : make("mark", "", show(bytes[i])));
			row.append(cell);
		}
	};
	const dump = (sides) => {
		const [a, b] = $$(".side", sides).map((s) => bytesOf($("code", s)));
		const box = make("div", "dump"), table = make("table");
		for (let at = 0; at < Math.max(a.length, b.length); at += 16) {
			const row = make("tr");
			dumpLine(row, a, b, at, "a");
			dumpLine(row, b, a, at, "b");
			table.append(row);
		}
		box.append(table);
		sides.append(box);
	};
	for (const sides of $$(".sides")) {
		if (!$("code.text", sides)) continue;
		const b = make("button", "as-hex", "Hex");
		b.type = "button";
		b.setAttribute("aria-pressed", "false");
		b.addEventListener("click", () => {
			const old = $(".dump", sides);
			if (old) old.remove();
			else dump(sides);
			b.setAttribute("aria-pressed", !old);
		});
		$(".at", sides.parentElement).append(b);
	}

	/* The byte map. */
	const places = $$(".places > li").map((li) => ({
		li, space: li.dataset.space,
		sides: [li.dataset.a, li.dataset.b].map((s) => s.split(",").map(Number)),
	}));
	const placeIn = (space, from, to) => {
		const hits = places.filter((p) => p.space === space && p.sides.some(([o, n]) => o < to && o + Math.max(n, 1) > from));
		return hits.find((p) => p.li.closest(".finding").dataset.class !== "derived") || hits[0];
	};
	const tip = make("div", "tip");
	tip.hidden = true;
	document.body.append(tip);
	for (const svg of $$(".map svg")) {
		const cells = new Map(svg.dataset.cells.split(";").filter(Boolean).map((s) => s.split(",").map(Number)).map((c) => [c[0], c]));
		const columns = Number(svg.dataset.columns), size = Number(svg.dataset.cell), pitch = 1024 / columns;
		const title = $("title", svg);
		svg.setAttribute("aria-label", title.textContent);
		title.remove();
		const spot = document.createElementNS("http://www.w3.org/2000/svg", "rect");
		spot.setAttribute("class", "spot");
		spot.setAttribute("width", pitch);
		spot.setAttribute("height", pitch);
		spot.setAttribute("visibility", "hidden");
		svg.append(spot);
		const cellAt = (e) => {
			const box = svg.getBoundingClientRect(), scale = 1024 / box.width / pitch;
			const x = Math.floor((e.clientX - box.left) * scale), y = Math.floor((e.clientY - box.top) * scale);
			/* The nearest cell that differs within one step: single squares are small. */
			for (const [dx, dy] of [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) {
				const cell = cells.get((y + dy) * columns + x + dx);
				if (cell && x + dx >= 0 && x + dx < columns) return cell;
			}
		};
		svg.addEventListener("pointermove", (e) => {
			const cell = cellAt(e);
			tip.hidden = !cell;
			spot.setAttribute("visibility", cell ? "visible" : "hidden");
			if (!cell) return;
			spot.setAttribute("x", (cell[0] % columns) * pitch - .5);
			spot.setAttribute("y", Math.floor(cell[0] / columns) * pitch - .5);
			const from = cell[0] * size, place = placeIn(svg.dataset.space, from, from + size);
			const kinds = ["primary", "derived", "unexplained"].map((k, i) => cell[i + 1] && `${count(cell[i + 1])} ${k}`);
			const what = make("p");
			what.append(make("code", "", `${hex(from)} – ${hex(from + size - 1)}`), ` ${kinds.filter(Boolean).join(", ")}`);
			tip.replaceChildren(what);
			if (place) tip.append(make("p", "", `${place.li.closest(".finding").dataset.cause}: ${$(".path", place.li).textContent.split("//").pop()}`));
			tip.style.left = Math.min(e.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
			tip.style.top = (e.clientY + 18 + tip.offsetHeight > innerHeight ? e.clientY - tip.offsetHeight - 12 : e.clientY + 18) + "px";
		});
		svg.addEventListener("pointerleave", () => {
			tip.hidden = true;
			spot.setAttribute("visibility", "hidden");
		});
		svg.addEventListener("click", (e) => {
			const cell = cellAt(e), place = cell && placeIn(svg.dataset.space, cell[0] * size, (cell[0] + 1) * size);
			if (!place) return;
			const finding = place.li.closest(".finding");
			finding.hidden = false;
			fold(finding, true);
			$$(".lit").forEach((l) => l.classList.remove("lit"));
			place.li.classList.add("lit");
			place.li.scrollIntoView({ block: "center" });
		});
	}

	/* Light and dark. */
	$("#theme").addEventListener("click", () => {
		const dark = matchMedia("(prefers-color-scheme: dark)").matches;
		const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
		document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
	});

	reveal();
})();
