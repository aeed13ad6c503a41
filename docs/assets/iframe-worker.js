// A worker for pages that are opened from a folder, where browsers start none: its script runs in a frame, in the page's own thread.
if (location.protocol === "file:") {
	window.Worker = class extends EventTarget {
		constructor(url) {
			super();
			const frame = document.createElement("iframe");
			frame.hidden = true;
			document.body.append(frame);
			this.inside = frame.contentWindow;
			this.inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
			this.started = new Promise((started) => {
				const script = this.inside.document.createElement("script");
				script.src = url;
				script.onload = started;
				this.inside.document.body.append(script);
			});
		}

		postMessage(data) {
			this.started.then(() => this.inside.dispatchEvent(new MessageEvent("message", { data })));
		}
	};
}
