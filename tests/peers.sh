# SPDX-License-Identifier: Apache-2.0
# Sourced: where `make deps PEERS=all` puts tools that are no Debian packages, and their way onto PATH.
carbolic_cache=${XDG_CACHE_HOME:-$HOME/.cache}/carbolic
# NVIDIA's libraries; all of them are there when it holds the file "installed".
carbolic_nvidia=$carbolic_cache/nvidia
export carbolic_cache carbolic_nvidia
case ":$PATH:" in
*":$carbolic_cache/bin:"*) ;;
*) [ -d "$carbolic_cache/bin" ] && PATH=$PATH:$carbolic_cache/bin ;;
esac
# Debian gives some of LLVM's tools (ld64.lld, clang-offload-bundler) no name without a version outside of this.
for carbolic_llvm in /usr/lib/llvm-*/bin; do
	case ":$PATH:" in
	*":$carbolic_llvm:"*) ;;
	*) [ -d "$carbolic_llvm" ] && PATH=$PATH:$carbolic_llvm ;;
	esac
done
unset carbolic_llvm
export PATH
