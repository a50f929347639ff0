# shellcheck shell=bash
# packages.sh - the Debian 12 packages each part of the work needs. The one list; scripts/setup installs from it.
# shellcheck disable=SC2034

# To build the daemons and the tests.
packages_build=(
    gcc libc6-dev binutils make pkg-config perl procps
    protobuf-c-compiler protobuf-compiler libprotobuf-c-dev
    libuv1-dev libnng-dev libpq-dev libhiredis-dev librabbitmq-dev libmicrohttpd-dev libwslay-dev libssl-dev
    libjansson-dev libcjose-dev libzstd-dev libmsgpack-dev node-llhttp libcmocka-dev libcurl4-openssl-dev
)

# To run the private servers that `make run`, `make demo` and `make test` start.
packages_services=(
    postgresql-15 postgresql-client-15 redis-server rabbitmq-server curl
)

# To play the golden matches under other compilers and WebAssembly, in `make test`.
packages_golden=(
    gcc libc6-dev clang lld nodejs python3
)

# To fuzz and to measure what the fuzz targets cover.
packages_fuzz=(
    clang libclang-rt-14-dev llvm afl++
)

# To run `make check`, and to build with clang.
packages_check=(
    clang clang-format clang-tidy libclang-rt-14-dev lld universal-ctags python3 shellcheck
)
