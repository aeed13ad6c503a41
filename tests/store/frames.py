"""What a log could take of an error."""


class TimeIsOver(Exception):
	"""As the alarm of a job: no error of ours, and from anywhere."""


def shown_by(error: BaseException, own_file: str) -> str:
	"""All that a log could take of an error and of those before it, but for what the frames of the test itself hold.

	:param own_file: the test's `__file__`
	"""
	texts, seen = [], set()
	while error and id(error) not in seen:
		seen.add(id(error))
		texts += [repr(error), str(error), repr(vars(error))]
		frame = error.__traceback__
		while frame:
			if frame.tb_frame.f_code.co_filename != own_file:
				texts += [f"{name}={value!r}" for name, value in frame.tb_frame.f_locals.items()]
			frame = frame.tb_next
		error = error.__cause__ or error.__context__
	return "\n".join(texts)
