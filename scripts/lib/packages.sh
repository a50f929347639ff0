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

# To run `make check`, to build with clang, and to fuzz.
packages_check=(
    clang clang-format clang-tidy libclang-rt-14-dev lld universal-ctags python3 shellcheck
)
