# SPDX-License-Identifier: Apache-2.0
# proves: home-directory
# by: HOME=/nonexistent
# only: home
echo "cache = $HOME/.cache/thing" >thing.conf
