# SPDX-License-Identifier: Apache-2.0
# proves: hash-order
# by: perl PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0
# only: hash-seed
# needs: perl
perl -e '%h = map { $_ => 1 } "a" .. "z"; print join(" ", keys %h), "\n"' >set.txt
