import signal

# A shell starts its background jobs with Ctrl-C ignored, and every process inherits that: `script/test &` would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
	signal.signal(signal.SIGINT, signal.default_int_handler)
