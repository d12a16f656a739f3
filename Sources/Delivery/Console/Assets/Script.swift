// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The one script. All pages work without it; it adds the live feed, keys, relative times and questions before what
/// cannot be taken back.
enum Script {
    static let text = #"""
        "use strict";
        (() => {
          const one = (selector, root = document) => root.querySelector(selector);
          const all = (selector, root = document) => [...root.querySelectorAll(selector)];

          const steps = [[60, "s", 1], [3600, "min", 60], [86400, "h", 3600], [Infinity, "d", 86400]];
          const relate = () => all("time[data-relative]").forEach((time) => {
            const seconds = Math.round((Date.now() - Date.parse(time.dateTime)) / 1000);
            const [, unit, size] = steps.find(([limit]) => Math.abs(seconds) < limit);
            const text = Math.floor(Math.abs(seconds) / size) + " " + unit;
            const place = one("small", time);
            if (place) place.textContent = seconds < 0 ? "in " + text : text + " ago";
          });
          setInterval(relate, 10000);

          document.addEventListener("submit", (event) => {
            const form = event.target;
            if (!form.dataset.confirm || form.dataset.sure) return;
            event.preventDefault();
            const dialog = document.createElement("dialog");
            const text = document.createElement("p");
            const yes = document.createElement("button");
            const no = document.createElement("button");
            const row = document.createElement("div");
            row.className = "send";
            text.textContent = form.dataset.confirm;
            yes.textContent = event.submitter ? event.submitter.textContent : "Go on";
            yes.className = "danger";
            no.textContent = "Cancel";
            no.className = "plain";
            no.autofocus = true;
            yes.onclick = () => { form.dataset.sure = "1"; dialog.close(); form.requestSubmit(); };
            no.onclick = () => dialog.close();
            dialog.onclose = () => dialog.remove();
            dialog.setAttribute("aria-label", "Please confirm");
            row.append(no, yes);
            dialog.append(text, row);
            document.body.append(dialog);
            dialog.showModal();
          });

          let prefix = 0;
          const pages = { o: "/", l: "/live", d: "/detections", i: "/incidents", e: "/entities", a: "/applications",
            r: "/rules", c: "/decisions", v: "/vulnerabilities", p: "/evidence", h: "/health", s: "/settings" };
          document.addEventListener("keydown", (event) => {
            if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
            if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
              if (event.key === "Escape") event.target.blur();
              return;
            }
            const inPrefix = Date.now() - prefix < 1500;
            prefix = event.key === "g" ? Date.now() : 0;
            if (event.key === "/") {
              const field = one("input[type=search]");
              if (field) { event.preventDefault(); field.focus(); field.select(); }
            } else if (inPrefix && pages[event.key]) {
              location.href = pages[event.key];
            } else if (event.key === "j" || event.key === "k") {
              const rows = all("tbody tr a[data-row]");
              const next = rows[rows.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1)];
              if (next) next.focus();
            } else if (/^[cdx]$/.test(event.key) && document.activeElement.matches("a[data-row]")) {
              const box = one("input[type=checkbox]", document.activeElement.closest("tr"));
              if (!box) return;
              event.preventDefault();
              box.checked = event.key === "x" ? !box.checked : true;
              if (event.key === "x") return;
              const dismisses = event.key === "d";
              box.form.elements.act.value = dismisses ? "dismiss" : "confirm";
              box.form.elements[dismisses ? "dismissal" : "reason"].focus();
            }
          });

          const job = one("[data-job]");
          if (job) {
            const bar = one("progress", job);
            const text = one("output", job);
            const look = async () => {
              try {
                const answer = await fetch(job.dataset.job, { headers: { accept: "application/json" } });
                if (!answer.ok) return location.reload();
                const now = await answer.json();
                if (now.state !== "waiting" && now.state !== "running") return location.reload();
                bar.value = now.progress;
                text.textContent = now.state === "waiting" ? "waits for its turn" : Math.floor(now.progress * 100) + "%";
              } catch { text.textContent = "connection lost; trying again"; }
              setTimeout(look, 700);
            };
            setTimeout(look, 700);
          }

          const feed = one("[data-feed]");
          if (feed && window.EventSource) {
            const body = one("tbody", feed);
            const state = one("[data-feed-state]");
            const pause = one("[data-feed-pause]");
            let paused = false, waiting = [];
            const put = (rows) => {
              body.insertAdjacentHTML("afterbegin", rows);
              while (body.rows.length > 200) body.deleteRow(-1);
              feed.hidden = false;
              const empty = one("[data-feed-empty]");
              if (empty) empty.remove();
            };
            const say = (text) => { state.textContent = text; };
            const source = new EventSource(feed.dataset.feed);
            source.onopen = () => say("Live");
            source.onerror = () => say("Connection lost; trying again");
            source.addEventListener("rows", (event) => {
              if (!paused) return put(event.data);
              waiting = [event.data, ...waiting].slice(0, 200);
              say("Paused, " + waiting.length + " waiting");
            });
            pause.hidden = false;
            pause.onclick = () => {
              paused = !paused;
              pause.textContent = paused ? "Go on" : "Pause";
              say(paused ? "Paused" : "Live");
              if (!paused) { put(waiting.join("")); waiting = []; }
            };
            addEventListener("pagehide", () => source.close());
          }
        })();
        """#
}
