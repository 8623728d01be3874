/* SPDX-License-Identifier: Apache-2.0 */
"use strict";
(() => {
	const byId = (id) => document.getElementById(id);
	const data = byId("data");
	if (!data)
		return;
	const graph = JSON.parse(data.textContent);
	const nodes = graph.nodes;
	const icicle = byId("icicle"), detail = byId("detail"), loaded = byId("loaded"), find = byId("find");
	const count = (n) => n.toLocaleString("en-US");
	const size = (n) => {
		const units = ["B", "kB", "MB", "GB", "TB"];
		let u = 0;
		while (n >= 999.5 && u + 1 < units.length) {
			n /= 1000;
			u++;
		}
		return (u && n < 99.95 ? n.toFixed(1) : Math.round(n)) + " " + units[u];
	};
	const children = nodes.map(() => []);
	const tops = [];
	nodes.forEach((n, i) => (n.parent === null ? tops : children[n.parent]).push(i));
	const weight = (i) => (loaded.checked ? nodes[i].loaded_bytes : nodes[i].bytes);
	let top = null, selected = null, word = "";

	const element = (name, text, cls) => {
		const e = document.createElement(name);
		if (text !== undefined)
			e.textContent = text;
		if (cls)
			e.className = cls;
		return e;
	};
	/* From a root to the node, by the first way that was found. */
	const chain = (i) => {
		const steps = [];
		const seen = new Set();
		for (let at = i; at !== undefined && at !== null && !seen.has(at); at = nodes[at].via) {
			seen.add(at);
			steps.unshift(at);
		}
		return steps;
	};
	const show = (i) => {
		const n = nodes[i];
		detail.replaceChildren(element("p", n.name, "mono"), element("p", n.kind + ": " + count(n.bytes) + " bytes in the file, " +
			count(n.loaded_bytes) + " loaded, " + count(n.live_bytes) + " reached"));
		if (!n.reached && !children[i].some((c) => nodes[c].reached)) {
			detail.append(element("p", "No root reaches it. `depgraph prune` says how it can go.", "heuristic"));
			return;
		}
		if (n.removing_saves !== undefined)
			detail.append(element("p", "Removing it saves " + size(n.removing_saves) + " (what nothing else reaches, itself included)."));
		const steps = chain(i);
		detail.append(element("p", "Why it is there:", "quiet"));
		const list = element("ol");
		steps.forEach((s) => {
			const item = element("li", nodes[s].name, "mono");
			if (nodes[s].root)
				item.append(element("div", "root: " + nodes[s].root, "quiet"));
			else if (nodes[s].via !== undefined)
				item.append(element("div", nodes[s].via_kind + " " + nodes[s].via_label, "quiet"));
			list.append(item);
		});
		detail.append(list);
	};
	const blocks = [];
	const place = (i, x, width, row, rows) => {
		const n = nodes[i];
		const b = element("button", n.name.replace(/^.*\//, "") + "  " + size(weight(i)), "block");
		b.title = n.name + "\n" + count(weight(i)) + " bytes";
		b.setAttribute("role", "treeitem");
		b.style.left = 100 * x + "%";
		b.style.width = 100 * width + "%";
		b.style.top = 2 * row + "rem";
		b.classList.toggle("dead", n.live_bytes === 0 && !n.reached);
		if (n.live_bytes && n.live_bytes < n.bytes)
			b.style.setProperty("--live", 100 * n.live_bytes / n.bytes + "%");
		b.classList.toggle("found", word !== "" && n.name.toLowerCase().includes(word));
		b.setAttribute("aria-selected", i === selected);
		b.addEventListener("click", () => {
			selected = i;
			show(i);
			if (children[i].length)
				top = i;
			draw();
		});
		blocks.push(b);
		return children[i].length ? spread(children[i], x, width, row + 1, rows) : row;
	};
	const spread = (list, x, width, row, rows) => {
		const sum = list.reduce((s, i) => s + weight(i), 0);
		let deepest = row, rest = 0;
		[...list].sort((a, b) => weight(b) - weight(a)).forEach((i) => {
			const w = sum ? width * weight(i) / sum : 0;
			if (w < 0.002) {
				rest++;
				return;
			}
			deepest = Math.max(deepest, place(i, x, w, row, rows));
			x += w;
		});
		return deepest;
	};
	const draw = () => {
		blocks.length = 0;
		const rows = top === null ? spread(tops, 0, 1, 0) : place(top, 0, 1, 0);
		icicle.replaceChildren(...blocks);
		icicle.style.height = 2 * (rows + 2) + "rem";
		byId("up").disabled = top === null;
	};
	byId("up").addEventListener("click", () => {
		top = top === null ? null : nodes[top].parent;
		draw();
	});
	loaded.addEventListener("change", draw);
	find.addEventListener("input", () => {
		word = find.value.trim().toLowerCase();
		draw();
	});
	/* The linked file first; "up" leads to the libraries beside it. */
	const output = tops.find((i) => nodes[i].kind === "output");
	const shared = tops.filter((i) => nodes[i].kind === "library");
	const inside = tops.filter((i) => nodes[i].kind !== "library");
	const sum = (list, key) => list.reduce((s, i) => s + nodes[i][key], 0);
	byId("total").textContent = count(nodes.length) + " things: " + size(sum(inside, "bytes")) + " in the file, of which roots reach " +
		size(sum(inside, "live_bytes")) + (shared.length ? "; " + size(sum(shared, "bytes")) + " in shared libraries" : "") +
		(graph.left_out ? "; " + count(graph.left_out) + " smaller ones (" + size(graph.left_out_bytes) + ") left out" : "");
	if (output !== undefined && children[output].length)
		top = output;
	draw();
})();
