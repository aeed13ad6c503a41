"""Passes the connections of one address on to another, for a server that listens on the loopback alone.

python forward.py ADDRESS PORT SERVER SERVER_PORT
"""

import asyncio
import sys


def main(address: str, port: int, server: str, server_port: int) -> None:
	async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
		there_reader, there_writer = await asyncio.open_connection(server, server_port)
		await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

	async def serve() -> None:
		async with await asyncio.start_server(pass_on, address, port) as listening:
			await listening.serve_forever()

	asyncio.run(serve())


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
	"""Until either side ends."""
	try:
		while data := await reader.read(65536):
			writer.write(data)
			await writer.drain()
	except ConnectionError:
		pass
	finally:
		writer.close()


if __name__ == "__main__":
	main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
